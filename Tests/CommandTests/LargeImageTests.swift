import Foundation
import TestSupport
import Testing

@Suite("Images of any size")
struct LargeImageTests {
  /// Runs mmrl-run with as much memory for its data, in kilobytes, as the system then lets it have at most.
  private func run(
    _ album: Album, kilobytes: Int, _ arguments: String...
  ) throws -> Executable.Result {
    let words = ["--model", album.model, "--threads", "1", "--format", "jsonl"] + arguments
    return try Executable(path: "/bin/sh").run(
      ["-c", "ulimit -d \(kilobytes) && exec \"$0\" \"$@\"", Executable.mmrlRun.path] + words)
  }

  /// Whole, 200 megapixels are 600 MB in RGB.
  @Test(
    "200 megapixels are classified in little memory, however the camera was held",
    arguments: [(1, "--fast-decode"), (1, "--no-fast-decode"), (6, "--no-fast-decode")])
  func photo(_ orientation: Int, _ option: String) throws {
    try Album.with(ModelFixture(.clip, imageSize: 112, patchSize: 16)) { album in
      try album.add(
        "photo.jpg", largeJPEG(width: 16_320, height: 12_240, orientation: orientation))
      let result = try run(album, kilobytes: 100_000, option, album.photos)
      #expect(result.status == 0, "\(result.messages)")
      let record = try #require(try result.records.first)
      #expect(record.labels?.isEmpty == false && record.warnings == nil, "\(result.output)")
    }
  }

  /// Whole, they are 144 MB.
  @Test("An interlaced PNG of 48 megapixels is, too")
  func interlaced() throws {
    try Album.with(ModelFixture(.clip, imageSize: 112, patchSize: 16)) { album in
      try album.add("drawing.png", largeInterlacedPNG(width: 8000, height: 6000))
      let result = try run(album, kilobytes: 100_000, album.photos)
      #expect(result.status == 0, "\(result.messages)")
      #expect(try result.records.first?.labels?.isEmpty == false)
    }
  }

  @Test("A progressive JPEG takes three bytes a pixel besides, and says when there are none")
  func progressive() throws {
    try Album.with(ModelFixture(.clip, imageSize: 112, patchSize: 16)) { album in
      try album.add("photo.jpg", largeJPEG(width: 8000, height: 6000, isProgressive: true))
      let enough = try run(album, kilobytes: 100_000 + 3 * 8000 * 6000 / 1024, album.photos)
      #expect(enough.status == 0, "\(enough.messages)")
      let tooLittle = try run(album, kilobytes: 100_000, album.photos)
      #expect(tooLittle.status == 2)
      #expect(
        try tooLittle.records.first?.error == "not enough memory to decode this JPEG",
        "\(tooLittle.output)")
    }
  }

  @Test("What is larger than the limit is refused with the option that raises it")
  func limit() throws {
    try Album.with { album in
      try album.add("photo.jpg", largeJPEG(width: 2000, height: 1501))
      let refused = try album.run("--format", "jsonl", "--max-megapixels", "3", album.photos)
      #expect(refused.status == 2)
      #expect(
        try refused.records.first?.error
          == "too large: 2000 x 1501 pixels, 4 megapixels where the limit is 3 "
          + "(--max-megapixels raises it)")
      #expect(try album.run("--max-megapixels", "4", album.photos).status == 0)
      try album.add("photo.jpg", largeJPEG(width: 65_000, height: 4000))
      let usual = try album.run("--format", "jsonl", album.photos)
      let said = try #require(try usual.records.first?.error)
      #expect(said.contains("260 megapixels where the limit is 256"), "\(said)")
      #expect(try album.run("--max-megapixels", "0", album.photos).status == 64)
    }
  }

  @Test("Training and encoding refuse them with the option, too")
  func limitOfConvert() throws {
    try Workbench.with { bench in
      let photo = bench.photos + "/large.jpg"
      try Data(largeJPEG(width: 2000, height: 1501)).write(to: URL(fileURLWithPath: photo))
      let arguments = [
        "encode", TinyCLIP.checkpoint, "--images", bench.photos, "-o",
        bench.folder + "/f.safetensors",
      ]
      let refused = try Executable.mmrlConvert.run(arguments + ["--max-megapixels", "3"])
      #expect(refused.status == 1)
      #expect(
        refused.messages.contains(
          "large.jpg: too large: 2000 x 1501 pixels, 4 megapixels where the limit is 3 "
            + "(--max-megapixels raises it)"), "\(refused.messages)")
      #expect(try Executable.mmrlConvert.run(arguments).status == 0)
    }
  }
}
