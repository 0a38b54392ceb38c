import Foundation
import Imaging

/// Nanoseconds a pixel of the frame to make RGB of it and to crop that to a model's input, one thread.
struct FormatCosts {
  private let frames: CameraFrames

  init(photos: [String]) throws { frames = try CameraFrames(photos: photos) }

  func print() throws {
    let crops = [64, 224]
    let heads = CameraFrames.sizes.flatMap { size in
      ["\(size.width)x\(size.height)"] + crops.map { "+ crop \($0)" }
    }
    Swift.print("ns a pixel of the frame; medians, one thread")
    Swift.print(right("", 12) + heads.map { right($0, 12) }.joined())
    for format in PixelFormat.allCases {
      var row: [Double] = []
      for (width, height) in CameraFrames.sizes {
        let layout = FrameLayout(format: format, width: width, height: height)
        var seed: UInt32 = 1
        let bytes = (0..<layout.byteCount).map { _ -> UInt8 in
          seed = seed &* 1_664_525 &+ 1_013_904_223
          return UInt8(seed >> 24)
        }
        row += try costs(pixels: width * height, crops) { image in
          try image.load(bytes.span.bytes, layout: layout)
        }
      }
      line("\(format)", row)
    }
    for eighths in [8, 4, 2, 1] {
      var row: [Double] = []
      for (width, height) in CameraFrames.sizes {
        var files: [[UInt8]] = []
        try frames.forEach(width: width, height: height) { frame, _ in
          if files.count < 10 {
            files.append(try JPEGEncoder().encode(frame, quality: CameraFrames.quality))
          }
        }
        var decoder = ImageDecoder()
        decoder.fastDecodeShortEdge = height * eighths / 8
        var next = 0
        row += try costs(pixels: width * height, crops) { image in
          let file = files[next % files.count]
          _ = try decoder.decode(file.span.bytes, into: &image)
          next += 1
        }
      }
      line("JPEG, \(eighths)/8", row)
    }
  }

  private func line(_ name: String, _ row: [Double]) {
    Swift.print(
      name.padding(toLength: 12, withPad: " ", startingAt: 0)
        + row.map { right(fixed($0, 2), 12) }.joined())
  }

  /// Of `read`, and of each crop of what it reads.
  private func costs(pixels: Int, _ sides: [Int], _ read: (inout Image) throws -> Void) throws
    -> [Double]
  {
    var image = Image(width: 1, height: 1)
    var crop = Image(width: 1, height: 1)
    var result = [try median { try read(&image) } / Double(pixels)]
    for side in sides {
      var cropper = Cropper(Preprocessing(size: side))
      result.append(median { cropper.crop(image, into: &crop) } / Double(pixels))
    }
    return result
  }

  /// Nanoseconds.
  private func median(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    var times: [Double] = []
    for _ in 0..<42 {
      let start = clock.now
      try body()
      times.append((clock.now - start) / .nanoseconds(1))
    }
    return times.sorted()[times.count / 2]
  }
}
