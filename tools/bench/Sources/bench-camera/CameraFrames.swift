import Foundation
import Imaging

/// Photographs as a camera of some size would see them: the whole and its four quarters, each made smaller, never larger.
struct CameraFrames {
  static let sizes = [
    (width: 640, height: 480), (width: 1280, height: 720), (width: 1920, height: 1080),
  ]
  /// Usual for cameras that compress.
  static let quality = 85

  private let photos: [Image]

  init(photos paths: [String]) throws {
    var decoder = ImageDecoder()
    photos = try paths.map { path in
      try decoder.decode([UInt8](Data(contentsOf: URL(filePath: path)))).image
    }
  }

  /// Calls `body` with each frame of a size, and with the same frame after the camera has moved by one pixel both ways.
  func forEach(
    width: Int, height: Int, _ body: (_ frame: Image, _ moved: Image) throws -> Void
  ) rethrows {
    var resampler = Resampler()
    var frame = Image(width: 1, height: 1)
    var moved = Image(width: 1, height: 1)
    let window = PixelBox(top: 0, left: 0, height: height, width: width)
    for photo in photos {
      let (halfHeight, halfWidth) = (photo.height / 2, photo.width / 2)
      let parts = [
        PixelBox(top: 0, left: 0, height: photo.height, width: photo.width),
        PixelBox(top: 0, left: 0, height: halfHeight, width: halfWidth),
        PixelBox(top: 0, left: halfWidth, height: halfHeight, width: halfWidth),
        PixelBox(top: halfHeight, left: 0, height: halfHeight, width: halfWidth),
        PixelBox(top: halfHeight, left: halfWidth, height: halfHeight, width: halfWidth),
      ]
      for part in parts {
        // The largest box of the frame's shape, with room for the step.
        let scale = min(
          Double(part.width) / Double(width + 1), Double(part.height) / Double(height + 1))
        guard scale >= 1 else { continue }
        let step = Int(scale)
        var box = PixelBox(
          top: part.top, left: part.left, height: Int(scale * Double(height)),
          width: Int(scale * Double(width)))
        resampler.resample(
          photo, box: box, height: height, width: width, window: window, into: &frame)
        box.top += step
        box.left += step
        resampler.resample(
          photo, box: box, height: height, width: width, window: window, into: &moved)
        try body(frame, moved)
      }
    }
  }

  /// Writes ten frames of each size as JPEG files.
  func write(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (width, height) in Self.sizes {
      var number = 0
      try forEach(width: width, height: height) { frame, _ in
        guard number < 10 else { return }
        let bytes = try JPEGEncoder().encode(frame, quality: Self.quality)
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(width)x\(height)-\(number).jpg"))
        number += 1
      }
    }
  }
}
