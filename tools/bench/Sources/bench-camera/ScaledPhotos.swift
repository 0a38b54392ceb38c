import Foundation
import Imaging

/// What decoding photos at a reduced scale changes, by how much of their short edge is left: the same photos at several sizes,
/// each the smallest that some scale is taken for, where it changes most, and at 12 megapixels.
struct ScaledPhotos {
  /// Usual for photos.
  static let quality = 90
  /// Pixels left, at least, for each pixel of the model's input.
  private static let choices = [1, 2, 3]

  private let decode: ScaledDecode
  private let photos: [String]

  init(model: String, photos: [String]) throws {
    decode = try ScaledDecode(model: model, photos: [])
    self.photos = photos
  }

  func print() throws {
    let side = decode.side
    Swift.print(
      "input of \(side) pixels; JPEG of quality \(Self.quality) against the same decoded in full")
    decode.heads(of: "photos")
    // All choices change scales at these, or have changed by then.
    let edges = Set(Self.choices.flatMap { choice in [2, 4, 8].map { choice * side * $0 } } + [3000])
    var changes: [[ScaledDecode.Change]] = edges.map { _ in
      Self.choices.map { _ in ScaledDecode.Change() }
    }
    let sorted = edges.sorted()
    var full = ImageDecoder()
    var scaled = ImageDecoder()
    for path in photos {
      let photo = try full.decode([UInt8](Data(contentsOf: URL(filePath: path)))).image
      for (index, edge) in sorted.enumerated() {
        let file = try JPEGEncoder().encode(Self.resized(photo, shortEdge: edge), quality: Self.quality)
        let exact = try decode.see(file, &full)
        for (choice, multiple) in Self.choices.enumerated() {
          scaled.fastDecodeShortEdge = multiple * side
          changes[index][choice].add(exact, try decode.see(file, &scaled))
        }
      }
    }
    for (choice, multiple) in Self.choices.enumerated() {
      for (index, edge) in sorted.enumerated() {
        let eighths = [1, 2, 4].first { edge * $0 / 8 >= multiple * side } ?? 8
        guard eighths < 8 else { continue }
        decode.line("\(multiple) x, \(edge) at \(eighths)/8", changes[index][choice])
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
