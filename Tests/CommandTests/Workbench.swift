import Foundation
import TestSupport

/// The small CLIP of the tests, a folder with some images and label files, and mmrl-convert.
struct Workbench {
  let folder: String
  var output: String { folder + "/out.mmrl" }
  var photos: String { folder + "/photos" }

  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  private static let fixtures = repository + "/Tests/CheckpointsTests/Fixtures/"
  /// Another CLIP, far smaller and of another size.
  static let otherCheckpoint = fixtures + "state-dict.pt"
  /// An adapter as the published trainer stores it, for a CLIP of another size.
  static let publishedAdapter = fixtures + "mmrlpp.pth.tar-4"
  /// A model of each part that the format has.
  static let goldenModel = repository + "/Tests/ModelFileTests/Fixtures/version-1.mmrl"

  /// Calls `body` with a new bench that has six images, removed after.
  static func with(_ body: (Workbench) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let bench = Workbench(folder: folder)
      try FileManager.default.createDirectory(
        atPath: bench.photos, withIntermediateDirectories: true)
      for index in 0..<6 {
        // Stripes and gradients: images that differ, none of which is noise.
        let bytes = pngFile(width: 80, height: 64) { x, y in
          (
            UInt8((x * (index + 1) * 3) & 255), UInt8((y * 4 + index * 40) & 255),
            UInt8(((x / (index + 2)) & 1) * 200)
          )
        }
        try Data(bytes).write(to: URL(fileURLWithPath: "\(bench.photos)/\(index).png"))
      }
      try body(bench)
    }
  }

  /// Writes a text file and returns its path.
  func file(_ name: String, _ text: String) throws -> String {
    let path = folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// What lies in the folder besides what the bench itself wrote, sorted.
  var written: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0 != "photos" && !$0.hasSuffix(".txt") }.sorted()
    }
  }

  /// Runs mmrl-convert.
  func run(_ arguments: String...) throws -> Executable.Result {
    try Executable.mmrlConvert.run(arguments)
  }

  /// Makes a model with two known labels at `output`.
  func convert() throws -> Executable.Result {
    try run(TinyCLIP.checkpoint, "-o", output, "--known", file("labels.txt", "cat\ndog\n"))
  }
}
