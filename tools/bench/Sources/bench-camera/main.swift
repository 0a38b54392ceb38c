// bench-camera formats PHOTO...          what reading a pixel costs, by format
// bench-camera scaled MODEL PHOTO...     what decoding JPEG frames at a reduced scale changes
// bench-camera frames FOLDER PHOTO...    writes the photos as frames of a camera: WIDTHxHEIGHT-NUMBER.jpg
// bench-camera photos MODEL PHOTO...     what decoding photos at a reduced scale changes
// bench-camera large FOLDER PHOTO...     writes the photos at 12 megapixels: NUMBER.jpg
import Foundation

let words = CommandLine.arguments
do {
  switch words.dropFirst().first {
  case "formats" where words.count > 2:
    try FormatCosts(photos: Array(words[2...])).print()
  case "scaled" where words.count > 3:
    try ScaledDecode(model: words[2], photos: Array(words[3...])).print()
  case "frames" where words.count > 3:
    try CameraFrames(photos: Array(words[3...])).write(to: words[2])
  case "photos" where words.count > 3:
    try ScaledPhotos(model: words[2], photos: Array(words[3...])).print()
  case "large" where words.count > 3:
    try ScaledPhotos.write(Array(words[3...]), to: words[2])
  default:
    FileHandle.standardError.write(
      Data("usage: bench-camera formats|scaled MODEL|frames FOLDER|photos MODEL|large FOLDER PHOTO...\n".utf8))
    exit(64)
  }
} catch {
  FileHandle.standardError.write(Data("bench-camera: \(error)\n".utf8))
  exit(1)
}

/// A number with a fixed count of decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}

/// Text with spaces before it.
func right(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}
