import Foundation
import ModelFile
import TestSupport

/// A folder with a model of random weights and some images.
struct Album {
  let folder: String
  var model: String { folder + "/model.mmrl" }
  var photos: String { folder + "/photos" }

  /// Calls `body` with a new album, removed after.
  static func with(
    _ fixture: ModelFixture = ModelFixture(.mmrlPlusPlus), _ body: (Album) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let album = Album(folder: folder)
      try fixture.write(to: album.model)
      try FileManager.default.createDirectory(
        atPath: album.photos, withIntermediateDirectories: true)
      try body(album)
    }
  }

  /// Writes an image of random pixels to `photos/name`, in folders as needed.
  func addImage(_ name: String, width: Int = 48, height: Int = 40, seed: UInt64 = 1) throws {
    var random = SplitMix64(seed: seed)
    let bytes = pngFile(width: width, height: height) { _, _ in
      let bits = random.next()
      return (
        UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8),
        UInt8(truncatingIfNeeded: bits >> 16)
      )
    }
    try add(name, bytes)
  }

  /// Writes bytes to `photos/name`, in folders as needed.
  func add(_ name: String, _ bytes: [UInt8]) throws {
    let file = URL(fileURLWithPath: photos + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
  }

  /// Runs a script of the shell that finds `$RUN`, `$MODEL` and `$PHOTOS` in its environment.
  func shell(_ script: String) throws -> Executable.Result {
    try Executable(path: "/bin/sh").run(
      ["-c", script],
      environment: ["RUN": Executable.mmrlRun.path, "MODEL": model, "PHOTOS": photos])
  }

  /// Runs mmrl-run with the album's model.
  func run(_ arguments: String..., input: String = "") throws -> Executable.Result {
    try run(arguments, input: input)
  }

  /// Runs mmrl-run with the album's model.
  func run(_ arguments: [String], input: String = "") throws -> Executable.Result {
    try Executable.mmrlRun.run(["--model", model] + arguments, input: input)
  }
}
