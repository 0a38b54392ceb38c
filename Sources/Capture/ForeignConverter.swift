import CV4L2
import Glibc
import Imaging

/// libv4lconvert, for pixel formats that we do not read ourselves.
@safe struct ForeignConverter: ~Copyable {
  private let converter: OpaquePointer

  /// Nil without memory.
  init?(descriptor: Int32) {
    guard let converter = unsafe cv_make_converter(descriptor) else { return nil }
    unsafe self.converter = unsafe converter
  }

  deinit { unsafe cv_free_converter(converter) }

  /// Turns a frame into RGB in `image`, whose memory is used again; false when the frame is damaged or
  /// its format unknown.
  func convert(_ frame: Span<UInt8>, _ format: FrameFormat, into image: inout Image) -> Bool {
    var description = cv_format()
    description.code = format.code.rawValue
    description.width = UInt32(format.width)
    description.height = UInt32(format.height)
    description.bytes_per_line = UInt32(format.bytesPerLine)
    description.image_bytes = UInt32(frame.count)
    image.reshape(width: format.width, height: format.height)
    let error = image.withMutablePixels { pixels in
      unsafe frame.withUnsafeBufferPointer { bytes in
        unsafe pixels.withUnsafeMutableBufferPointer { target in
          guard let from = bytes.baseAddress, let to = target.baseAddress else {
            return EINVAL
          }
          return unsafe cv_convert(converter, &description, from, bytes.count, to, target.count)
        }
      }
    }
    return error == 0
  }

  /// Whether the library knows a format: a grey frame of it converts.
  ///
  /// Compressed formats other than JPEG cannot be tried so and count as unknown.
  func reads(_ code: FourCC) -> Bool {
    let size = 16
    let format = FrameFormat(code: code, width: size, height: size, bytesPerLine: size * 4)
    let frame = [UInt8](repeating: 128, count: size * size * 8)
    var image = Image(width: size, height: size)
    return convert(frame.span, format, into: &image)
  }
}
