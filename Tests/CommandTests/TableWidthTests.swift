import Basics
import Foundation
import ModelFile
import TestSupport
import Testing

/// Tables on terminals: no line is longer than the terminal is wide.
@Suite struct TableWidthTests {
  private static let widths: [UInt16] = [40, 80]

  private static let names = [
    "a/quite/long/way/to/a/photo/whose/name/is/long/too/IMG_20240131_235959.png",
    "日本語の写真です日本語の写真です.png",
    "👨‍👩‍👧‍👦🦋.png", "plain.png",
  ]

  @Test(arguments: widths) func classification(columns: UInt16) throws {
    try Album.with { album in
      for (index, name) in Self.names.enumerated() { try album.addImage(name, seed: UInt64(index)) }
      try album.add("broken.jpg", Array("this is no image, and the message on that is long".utf8))
      let arguments = ["--model", album.model, "-r", album.photos]
      let lines = try Terminal.lines(.mmrlRun, arguments, columns: columns)
      #expect(lines.count >= 6)
      #expect(lines.allSatisfy { $0.columns <= Int(columns) }, "\(lines)")
      // The answers stand in one column, whatever characters the names are of.
      let scores = lines.compactMap { line in
        line.firstRange(of: #/  [01]\.\d{3}(  |$)/#).map { line[..<$0.lowerBound].columns }
      }
      #expect(scores.count == 4 && Set(scores).count == 1, "\(lines)")
      #expect(lines.contains { $0.contains("59.png") && $0.contains("…") })
      // A file gets everything.
      let whole = try Executable.mmrlRun.run(arguments).output
      #expect(Self.names.allSatisfy { whole.contains($0) } && !whole.contains("…"))
    }
  }

  @Test(arguments: widths) func others(columns: UInt16) throws {
    let model = ModelFixture(.mmrlPlusPlus)
    try Album.with(model) { album in
      let labels = try ModelReader(path: album.model).manifest.labelSets.flatMap(\.labels)
      for (index, label) in labels.enumerated() {
        try album.addImage("\(label)/a.png", seed: UInt64(index))
      }
      let named = album.folder + "/named.mmrl"
      let long =
        "a label whose name is so long that no line of a terminal has room for the whole of it 日本語"
      let renamed = try Executable.mmrlRun.run(
        ["labels", album.model, "rename", labels[0], long, "-o", named])
      #expect(renamed.status == 0, "\(renamed.messages)")
      for arguments in [
        ["test", album.model, album.photos], ["labels", named],
        ["bench", "--model", album.model, "--seconds", "0.1"], ["list"],
      ] {
        let lines = try Terminal.lines(.mmrlRun, arguments, columns: columns)
        #expect(lines.allSatisfy { $0.columns <= Int(columns) }, "\(arguments): \(lines)")
        #expect(arguments == ["list"] || lines.count >= labels.count)
      }
      #expect(try Executable.mmrlRun.run(["labels", named]).output.contains(long))
    }
  }

  @Test("$COLUMNS says how wide a terminal is, where it is set") func variable() throws {
    try Album.with { album in
      try album.addImage(Self.names[0])
      let lines = try Terminal.lines(
        .mmrlRun, ["--model", album.model, "-r", album.photos], columns: 200,
        environment: ["COLUMNS": "50"])
      #expect(lines.allSatisfy { $0.columns <= 50 } && lines.count == 2)
    }
  }

  @Test(arguments: widths) func conversion(columns: UInt16) throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let lines = try Terminal.lines(
        .mmrlConvert, [TinyCLIP.checkpoint, "-o", bench.output, "--known", labels],
        columns: columns)
      // The path of what was written is no table.
      let tables = lines.filter { !$0.hasPrefix(bench.output) }
      #expect(tables.allSatisfy { $0.columns <= Int(columns) }, "\(lines)")
      #expect(tables.count >= 3)
    }
  }
}
