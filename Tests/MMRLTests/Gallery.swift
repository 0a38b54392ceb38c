import Foundation
import MMRL
import ModelFile
import TestSupport

/// A folder with a model of random weights and some pictures.
struct Gallery {
  let folder: String
  var modelPath: String { folder + "/model.mmrl" }
  /// PNG files of 48 x 40 pixels.
  let paths: [String]
  /// The pixels of each.
  let pixels: [[UInt8]]
  static let (width, height) = (48, 40)

  /// Calls `body` with a new gallery, removed after.
  static func with(
    _ fixture: ModelFixture = answering, pictures count: Int = 6, _ body: (Gallery) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      var random = SplitMix64(seed: 7)
      var pixels: [[UInt8]] = []
      var paths: [String] = []
      for index in 0..<count {
        let bytes = (0..<width * height * 3).map { _ in UInt8.random(in: 0...255, using: &random) }
        let file = pngFile(width: width, height: height) { x, y in
          let place = (y * width + x) * 3
          return (bytes[place], bytes[place + 1], bytes[place + 2])
        }
        let path = "\(folder)/\(index).png"
        try Data(file).write(to: URL(fileURLWithPath: path))
        pixels.append(bytes)
        paths.append(path)
      }
      let gallery = Gallery(folder: folder, paths: paths, pixels: pixels)
      try fixture.write(to: gallery.modelPath)
      try body(gallery)
    }
  }

  /// A model with known and novel labels that can answer "unknown".
  static var answering: ModelFixture {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.addAnswer()
    return fixture
  }

  /// The model.
  func model(threads: Int? = nil, _ change: (inout Options) -> Void = { _ in }) throws -> Model {
    var options = Options()
    options.threads = threads
    change(&options)
    return try Model(path: modelPath, options: options)
  }

  /// The bytes of a picture's file.
  func file(_ index: Int) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: paths[index])))
  }
}
