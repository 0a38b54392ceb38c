import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("mmrl-run teach")
struct TeachTests {
  /// Teaches a model of random weights by images of two kinds and calls `body` with the result.
  private func withTaught(
    _ fixture: ModelFixture, _ labels: [String], arguments: [String] = [],
    _ body: (Album, Executable.Result) throws -> Void
  ) throws {
    try Album.with(fixture) { album in
      for (kind, label) in labels.enumerated() {
        try FileManager.default.createDirectory(
          atPath: "\(album.photos)/\(label)", withIntermediateDirectories: true)
        for index in 0..<5 {
          try album.add(
            "\(label)/\(index).png",
            pngFile(width: 40, height: 40) { x, y in
              let stripe = UInt8((kind == 0 ? x : y) / 5 % 2 * 200 + index * 5)
              return (stripe, kind == 0 ? stripe : 40, UInt8(index * 9))
            })
        }
      }
      let result = try Executable.mmrlRun.run(
        ["teach", album.model, album.photos] + arguments)
      try body(album, result)
    }
  }

  @Test("Labels of a model by name are learnt from photos, in place, and then known by them")
  func learning() throws {
    let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 4)
    try withTaught(fixture, ["novel 1", "Novel_3"]) { album, result in
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("taught 10 photos of 2 labels"))
      #expect(result.messages.contains("next: mmrl-run --model \(album.model) FOLDER"))
      let manifest = try ModelReader(path: album.model).manifest
      #expect(manifest.labelSet(.known)?.labels == ["novel 1", "novel 3"])
      #expect(manifest.statistics?.photos == [5, 5])
      let records = try Executable.mmrlRun.run(
        ["--model", album.model, "--labels", "known", "--format", "jsonl", "-r", album.photos]
      ).records
      #expect(records.count == 10)
      for record in records {
        let isFirst = record.path.contains("/novel 1/")
        #expect(record.labels?.first?.label == (isFirst ? "novel 1" : "novel 3"))
      }
    }
  }

  @Test(
    "New labels need the text tower; a folder named none is no label; -o leaves the model alone")
  func newLabels() throws {
    let bare = ModelFixture(.clip, knownLabels: 0, novelLabels: 2)
    try withTaught(bare, ["saw", "novel 1"]) { _, result in
      #expect(result.status == 2)
      #expect(result.messages.contains("--with-text"))
    }
    let output = "taught.mmrl"
    try withTemporaryDirectory { folder in
      try withTaught(
        bare.withText(contextLength: 48), ["saw", "novel 1", "none"],
        arguments: ["-o", folder + "/" + output]
      ) { album, result in
        #expect(result.status == 0, "\(result.messages)")
        let taught = try ModelReader(path: folder + "/" + output).manifest
        #expect(taught.labelSet(.known)?.labels == ["novel 1", "saw"])
        #expect(taught.labelSet(.novel)?.labels == ["novel 0"])
        #expect(try ModelReader(path: album.model).manifest.labelSet(.known) == nil)
      }
    }
  }

  @Test("Folders whose names make the same prompt are one label, as in training")
  func joined() throws {
    let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 2)
    try withTaught(fixture, ["novel 0", "novel 1", "Novel_1", "NONE"]) { album, result in
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.contains("taken together"), "\(result.messages)")
      let manifest = try ModelReader(path: album.model).manifest
      #expect(manifest.labelSet(.known)?.labels.count == 2)
      let photos = try #require(manifest.statistics?.photos)
      #expect(photos.max() == 2 * (photos.min() ?? 0))
    }
    try withTaught(fixture, ["novel 0", "unknown"]) { _, result in
      #expect(
        result.status == 2 && result.messages.contains("photos/unknown"), "\(result.messages)")
    }
  }

  @Test("What cannot be read is named; where nothing can, the model stays as it was")
  func badInput() throws {
    let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 2)
    try Album.with(fixture) { album in
      let before = try Data(contentsOf: URL(filePath: album.model))
      func teach(_ folder: String) throws -> Executable.Result {
        try Executable.mmrlRun.run(["teach", album.model, folder])
      }
      var result = try teach(album.folder + "/nothere")
      #expect(result.status == 2 && result.messages.contains("nothere"))
      result = try teach(album.photos)
      #expect(result.status == 2 && result.messages.contains("no folders with photos"))
      for label in ["novel 0", "novel 1"] {
        try FileManager.default.createDirectory(
          atPath: "\(album.photos)/\(label)", withIntermediateDirectories: true)
      }
      try album.add("novel 0/bad.png", Array("no image".utf8))
      result = try teach(album.photos)
      #expect(result.status == 2 && result.messages.contains("bad.png"))
      #expect(result.messages.contains("novel 1: no photos there"))
      try album.addImage("novel 0/good.png")
      result = try teach(album.photos)
      #expect(result.status == 2 && result.messages.contains("photos of \"novel 0\" alone"))
      #expect(try Data(contentsOf: URL(filePath: album.model)) == before)
      try album.addImage("novel 1/good.png")
      result = try teach(album.photos)
      #expect(result.status == 1 && result.messages.contains("bad.png"))
      #expect(try ModelReader(path: album.model).manifest.statistics?.photos == [1, 1])
    }
  }
}
