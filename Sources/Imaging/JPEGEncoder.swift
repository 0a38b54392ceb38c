import CImaging

/// libjpeg's compressor, for showing an image.
public struct JPEGEncoder: Sendable {
  /// An encoder.
  public init() {}

  /// A baseline JPEG file of an image, chroma halved in both directions.
  ///
  /// - Parameters:
  ///   - image: what to compress.
  ///   - quality: 1...100, as libjpeg counts it.
  /// - Returns: the file.
  /// - Throws: when there is no memory for it, or libjpeg does not take it: no side may exceed 65,500 pixels.
  public func encode(_ image: Image, quality: Int) throws(ImageError) -> [UInt8] {
    precondition((1...100).contains(quality), "quality is 1...100")
    var message = [CChar](repeating: 0, count: Int(CI_JPEG_MESSAGE))
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    let status = unsafe image.pixels.withUnsafeBufferPointer { pixels in
      // An image has at least one pixel, so there is an address.
      guard let start = pixels.baseAddress else { return ci_jpeg_status.noMemory }
      return unsafe ci_jpeg_encode(
        start, Int32(image.width), Int32(image.height), Int32(quality), &bytes, &count, &message)
    }
    defer { unsafe ci_jpeg_free(bytes) }
    guard status == .ok, let bytes = unsafe bytes else {
      guard status != .noMemory else { throw .outOfMemory(kind: "JPEG") }
      let detail = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      throw .corrupt(kind: "JPEG", detail: String(decoding: detail, as: UTF8.self))
    }
    return unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
