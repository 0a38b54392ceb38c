import Foundation
import Imaging

/// What decoding photos at a reduced scale changes, by how much of their short edge is left: the same photos at several sizes,
/// decoded at each scale.
struct ScaledPhotos {
  /// Usual for photos.
  static let quality = 90
  /// Short edges for each pixel of the model's input.
  private static let sizes = [4, 6, 8, 12, 16, 24, 32]

  private let decode: ScaledDecode
  private let photos: [String]

  init(model: String, photos: [String]) throws {
    decode = try ScaledDecode(model: model, photos: [])
    self.photos = photos
  }

  func print() throws {
    let scales = [1, 2, 4]
    Swift.print(
      "input of \(decode.side) pixels; JPEG of quality \(Self.quality) at a scale against the same in full; "
        + "by what it leaves of the short edge, in inputs")
    decode.heads(of: "photos")
    var changes: [[ScaledDecode.Change]] = Self.sizes.map { _ in
      scales.map { _ in ScaledDecode.Change() }
    }
    var full = ImageDecoder()
    var scaled = ImageDecoder()
    for path in photos {
      let photo = try full.decode([UInt8](Data(contentsOf: URL(filePath: path)))).image
      for (row, size) in Self.sizes.enumerated() {
        let edge = size * decode.side
        let image = Self.resized(photo, shortEdge: edge)
        let file = try JPEGEncoder().encode(image, quality: Self.quality)
        let exact = try decode.see(file, &full)
        for (column, eighths) in scales.enumerated() where size * eighths >= 8 {
          scaled.fastDecodeShortEdge = edge * eighths / 8
          changes[row][column].add(exact, try decode.see(file, &scaled))
        }
      }
    }
    for (row, size) in Self.sizes.enumerated() {
      for (column, eighths) in scales.enumerated() where size * eighths >= 8 {
        let left = fixed(Double(size * eighths) / 8, 1)
        decode.line("\(size * decode.side) at \(eighths)/8: \(left)", changes[row][column])
      }
    }
  }

  /// Writes each photo at 12 megapixels.
  static func write(_ photos: [String], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var decoder = ImageDecoder()
    for (number, path) in photos.enumerated() {
      let photo = try decoder.decode([UInt8](Data(contentsOf: URL(filePath: path)))).image
      let image = resized(photo, shortEdge: 3000)
      let bytes = try JPEGEncoder().encode(image, quality: quality)
      try Data(bytes).write(to: URL(filePath: "\(folder)/\(number).jpg"))
    }
  }

  /// The middle of a photo at 4:3 or 3:4, with a short edge of so many pixels.
  private static func resized(_ photo: Image, shortEdge: Int) -> Image {
    let isWide = photo.width >= photo.height
    let longEdge = shortEdge * 4 / 3
    let (width, height) = isWide ? (longEdge, shortEdge) : (shortEdge, longEdge)
    let scale = min(Double(photo.width) / Double(width), Double(photo.height) / Double(height))
    let (columns, rows) = (Int(scale * Double(width)), Int(scale * Double(height)))
    let box = PixelBox(
      top: (photo.height - rows) / 2, left: (photo.width - columns) / 2, height: rows, width: columns)
    var resampler = Resampler()
    var result = Image(width: 1, height: 1)
    resampler.resample(
      photo, box: box, height: height, width: width,
      window: PixelBox(top: 0, left: 0, height: height, width: width), into: &result)
    return result
  }
}
