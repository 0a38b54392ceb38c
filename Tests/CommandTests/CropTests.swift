import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("--crop of the programs")
struct CropTests {
  private static let plain = "--no-fast-decode"

  /// Colours of a place.
  private static func color(_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8) {
    (UInt8(x * 5 & 255), UInt8(y * 11 & 255), UInt8((x * y) & 255))
  }

  @Test("Of image files a part in fractions is looked at, as if it were the image")
  func images() throws {
    try Album.with { album in
      try album.add("whole/a.png", pngFile(width: 80, height: 60, color: Self.color))
      try album.add(
        "part/a.png", pngFile(width: 40, height: 30) { Self.color($0 + 20, $1 + 15) })
      func scores(_ arguments: String...) throws -> [Float] {
        let result = try album.run(["--format", "jsonl", Self.plain] + arguments)
        return try #require(try result.records.first?.labels).map(\.score)
      }
      let part = try scores(album.photos + "/part")
      #expect(try scores(album.photos + "/whole", "--crop", "0.25,0.25,0.5,0.5") == part)
      #expect(try scores(album.photos + "/whole") != part)
    }
  }

  @Test(
    "What is no part, or no source, is wrong usage",
    arguments: [
      (["--crop", "1,2,3", "x"], "left, top, width and height"),
      (["--crop", "0.5,0.5,0.9,0.9", "x"], "fractions inside 0 to 1"),
      (["--crop", "0,0,0,100", "--stream", "-"], "left, top, width and height"),
      (["--crop", "10,10,100,100", "x"], "in pixels is about a --camera"),
      (["--crop", "/dev/video0=0,0,0.5,0.5", "x"], "is about a --camera or a --stream"),
      (["--crop", "other=0,0,0.5,0.5", "--stream", "-"], "no source is called so, only stdin"),
      (["--crop", "0,0,0.5,0.5", "--crop", "0,0,1,1", "--stream", "-"], "one --crop without"),
    ])
  func usage(arguments: [String], words: String) throws {
    try Album.with { album in
      let result = try album.run(arguments)
      #expect(result.status == 64)
      #expect(result.messages.contains(words), "\(result.messages)")
    }
  }

  @Test(
    "A training with a part learns what one on the part alone learns, and the model looks at it")
  func training() throws {
    try withTemporaryDirectory { folder in
      for (label, shade) in [("red", 0), ("blue", 2)] {
        for photo in 0..<4 {
          var random = SplitMix64(seed: UInt64(10 * shade + photo))
          let cells = (0..<48).map { _ in UInt8(truncatingIfNeeded: random.next()) }
          func color(_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8) {
            let light = cells[y / 16 * 8 + x / 16]
            return (shade == 0 ? 220 : light / 2, light, shade == 2 ? 220 : light / 2)
          }
          let whole = pngFile(width: 128, height: 96, color: color)
          let part = pngFile(width: 64, height: 64) { color($0 + 32, $1 + 16) }
          for (name, bytes) in [("whole", whole), ("part", part)] {
            let file = URL(fileURLWithPath: "\(folder)/\(name)/\(label)/\(photo).png")
            try FileManager.default.createDirectory(
              at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file)
          }
        }
      }
      func weights(_ photos: String, _ options: String...) throws -> String? {
        let model = "\(folder)/\(photos).mmrl"
        let run = try Executable.mmrlConvert.run(
          [
            TinyCLIP.checkpoint, "--train", "\(folder)/\(photos)", "-o", model, "--epochs", "2",
            "--no-cross-validation", "--least-cosine", "0",
          ] + options)
        #expect(run.status == 0, "\(run.messages)")
        let described = try Executable.mmrlConvert.run(["inspect", model]).lines
        #expect(
          described.contains { $0.contains("of their part 0.25,0.1667,0.5,0.6667") }
            == !options.isEmpty)
        return described.first { $0.hasPrefix("weights") }
      }
      let whole = try weights("whole", "--crop", "0.25,0.166667,0.5,0.666667")
      #expect(try whole != nil && whole == weights("part"))
    }
  }

  @Test func noPartToMakeAModelFor() throws {
    let result = try Executable.mmrlConvert.run(
      [TinyCLIP.checkpoint, "--train", "x", "-o", "y.mmrl", "--crop", "0.5,0.5,0.9,0.9"])
    #expect(result.status == 64)
    #expect(result.messages.contains("fractions inside 0 to 1"), "\(result.messages)")
  }

  @Test("A model keeps the part that it was made for, and says where another one is looked at")
  func kept() throws {
    try Album.with(ModelFixture(.mmrlPlusPlus).looking(x: 0.25, y: 0.25, side: 0.5)) { album in
      try album.add("a.png", pngFile(width: 80, height: 60, color: Self.color))
      let own = try album.run("--format", "jsonl", Self.plain, album.photos)
      let same = try album.run(
        "--format", "jsonl", Self.plain, "--crop", "0.25,0.25,0.5,0.5", album.photos)
      func scores(_ result: Executable.Result) throws -> [Float]? {
        try result.records.first?.labels?.map(\.score)
      }
      #expect(try scores(own) == scores(same))
      #expect(!same.messages.contains("--crop"))
      let other = try album.run(
        "--format", "jsonl", Self.plain, "--crop", "0,0,1,1", album.photos)
      #expect(try scores(own) != scores(other))
      #expect(other.messages.contains("learnt from the part 0.25,0.25,0.5,0.5"))
      let described = try Executable.mmrlConvert.run(["inspect", album.model])
      #expect(described.output.contains("of their part 0.25,0.25,0.5,0.5"))
    }
  }
}

extension ModelFixture {
  fileprivate func looking(x: Double, y: Double, side: Double) -> ModelFixture {
    var fixture = self
    fixture.manifest.preprocessing.region = .init(x: x, y: y, width: side, height: side)
    return fixture
  }
}
