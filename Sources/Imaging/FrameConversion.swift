import CImaging

extension Image {
  /// Becomes the image of an uncompressed camera frame; its memory is used again.
  ///
  /// Integers throughout, in 1/2¹³: with `Kr`, `Kb` of the standard, luminance times 255/219 and chroma
  /// times 255/224 where the range is limited; red = Y + 2(1 - Kr) Cr, blue = Y + 2(1 - Kb) Cb, green
  /// makes up the luminance. Every pixel takes the chroma sample that lies over it, without interpolation.
  ///
  /// - Precondition: the path is available.
  /// - Throws: when the layout is impossible or the frame shorter than it says.
  public mutating func load(
    _ frame: RawSpan, layout: FrameLayout, path: PixelPath = .best
  ) throws(ImageError) {
    precondition(path.isAvailable, "\(path) does not run on this processor")
    try layout.check()
    guard frame.byteCount >= layout.byteCount else { throw .truncated(kind: layout.kind) }
    reshape(width: layout.width, height: layout.height)
    switch layout.format {
    case .rgb24: copyRows(frame, layout)
    case .bgr24:
      copyRows(frame, layout)
      swapRedAndBlue()
    case .grey: spreadGrey(frame, layout)
    case .yuyv: convert(frame, layout, .yuyv, path)
    case .uyvy: convert(frame, layout, .uyvy, path)
    case .nv12: convert(frame, layout, .nv12, path)
    case .i420: convert(frame, layout, .i420, path)
    }
  }

  private mutating func convert(
    _ frame: RawSpan, _ layout: FrameLayout, _ order: ci_layout, _ path: PixelPath
  ) {
    withMutablePixels { pixels in
      unsafe frame.withUnsafeBytes { frame in
        unsafe pixels.withUnsafeMutableBufferPointer { pixels in
          // Neither is empty, a layout having at least one pixel; the path is available.
          guard let source = frame.baseAddress, let target = pixels.baseAddress,
            let kernels = unsafe path.table?.pointee
          else { return }
          unsafe kernels.convert(
            source.assumingMemoryBound(to: UInt8.self), order, Int32(layout.width),
            Int32(layout.height), layout.bytesPerLine, layout.encoding.fixedPoint, target)
        }
      }
    }
  }

  private mutating func copyRows(_ frame: RawSpan, _ layout: FrameLayout) {
    let rowBytes = width * 3
    let rows = height
    withMutablePixels { pixels in
      unsafe frame.withUnsafeBytes { frame in
        unsafe pixels.withUnsafeMutableBytes { pixels in
          for row in 0..<rows {
            let line = row * layout.bytesPerLine
            unsafe pixels[row * rowBytes..<(row + 1) * rowBytes]
              .copyBytes(from: frame[line..<line + rowBytes])
          }
        }
      }
    }
  }

  private mutating func swapRedAndBlue() {
    withMutablePixels { pixels in
      for red in stride(from: 0, to: pixels.count, by: 3) { pixels.swapAt(red, red + 2) }
    }
  }

  private mutating func spreadGrey(_ frame: RawSpan, _ layout: FrameLayout) {
    withMutablePixels { pixels in
      unsafe frame.withUnsafeBytes { frame in
        var write = 0
        for row in 0..<layout.height {
          for column in 0..<layout.width {
            let value = unsafe frame[row * layout.bytesPerLine + column]
            pixels[write] = value
            pixels[write + 1] = value
            pixels[write + 2] = value
            write += 3
          }
        }
      }
    }
  }
}

extension YCbCrEncoding {
  /// The factors in 1/2¹³, rounded to nearest.
  fileprivate var fixedPoint: ci_matrix {
    let (red, blue) = matrix.luminances
    let green = 1 - red - blue
    let (luma, chroma) = range == .limited ? (255.0 / 219, 255.0 / 224) : (1, 1)
    func fixed(_ value: Double) -> Int16 { Int16((value * 8192).rounded()) }
    return ci_matrix(
      black: range == .limited ? 16 : 0, luma: fixed(luma),
      red_cr: fixed(2 * (1 - red) * chroma),
      green_cb: fixed(-2 * blue * (1 - blue) / green * chroma),
      green_cr: fixed(-2 * red * (1 - red) / green * chroma),
      blue_cb: fixed(2 * (1 - blue) * chroma))
  }
}
