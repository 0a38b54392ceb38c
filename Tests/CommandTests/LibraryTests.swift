import Foundation
import MMRL
import TestSupport
import Testing

@Suite("The library beside mmrl-run")
struct LibraryTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// Known and novel labels, and what "unknown" needs.
  private static var fixture: ModelFixture {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.addAnswer()
    return fixture
  }

  /// Calls `body` with an album of PNG and JPEG files, one of them far larger than the model's input.
  private func withAlbum(_ body: (Album) throws -> Void) throws {
    try Album.with(Self.fixture) { album in
      for index in 0..<4 { try album.addImage("\(index).png", seed: UInt64(index)) }
      try album.add("large.jpg", try JPEGFile.photo(width: 400, height: 300))
      try body(album)
    }
  }

  @Test("Both answer with the same bits, with the usual options and with others")
  func sameBits() throws {
    try withAlbum { album in
      let variants: [([String], (inout Options) -> Void)] = [
        ([], { _ in }),
        (["--no-fast-decode"], { $0.decodesInFull = true }),
        (["--unknown", "off"], { $0.unknownRate = 0 }),
        (["--unknown", "30%", "--threads", "3"], { ($0.unknownRate, $0.threads) = (0.3, 3) }),
      ]
      for (arguments, change) in variants {
        var options = Options()
        change(&options)
        let model = try Model(path: album.model, options: options)
        let records = try album.run(["--format", "jsonl", album.photos] + arguments).records
        #expect(records.count == 5)
        let answers = try model.classify(records.map { Picture(path: $0.path) })
        for (record, answer) in zip(records, answers) { try compare(try answer.get(), record) }
      }
    }
  }

  private func compare(_ answer: MMRL.Answer, _ record: JSONRecord) throws {
    let labels = try #require(record.labels)
    #expect(answer.isUnknown == (record.unknown ?? false))
    #expect(answer.unknownScore == record.unknown_score)
    #expect(answer.label?.name == record.answer?.label)
    #expect(
      answer.labels.map { [$0.name, $0.set.rawValue, $0.head.rawValue] }
        == labels.map { [$0.label, $0.set, $0.head] })
    #expect(answer.labels.map(\.score) == labels.map(\.score))
    #expect(answer.labels.map(\.logit) == labels.map(\.logit))
  }

  @Test("Labels by name get the same bits, and so do those that were taught")
  func sameLabels() throws {
    let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 2).withText(contextLength: 30)
    try Album.with(fixture) { album in
      for index in 0..<4 {
        try album.addImage("novel \(index % 2)/\(index).png", seed: UInt64(index))
      }
      var options = Options()
      options.labels = ["cat", "dog"]
      let named = try Model(path: album.model, options: options)
      let records = try album.run(
        "--format", "jsonl", "-r", "--label", "cat", "--label", "dog", album.photos
      ).records
      #expect(records.count == 4)
      for record in records { try compare(named.classify(Picture(path: record.path)), record) }

      let taught = ["program", "library"].map { "\(album.folder)/\($0).mmrl" }
      let run = try Executable.mmrlRun.run(["teach", album.model, album.photos, "-o", taught[0]])
      #expect(run.status == 0, "\(run.messages)")
      _ = try named.teach(photosIn: album.photos, to: taught[1])
      let files = try taught.map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
      #expect(files[0] == files[1])
    }
  }

  @Test("A program in C gets the same bits, and a line for what cannot be read")
  func exampleInC() throws {
    try withAlbum { album in
      try album.add("bad.png", Array("no image".utf8))
      let library = URL(fileURLWithPath: Executable.mmrlRun.path).deletingLastPathComponent().path
      let program = album.folder + "/classify"
      let compiled = try Executable(path: "/usr/bin/env").run([
        "cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-I\(Self.repository)/Sources/CMMRL",
        Self.repository + "/tools/examples/classify.c", "-o", program, "-L\(library)", "-lmmrl",
        "-Wl,-rpath,\(library)",
      ])
      try #require(compiled.status == 0, "\(compiled.messages)")
      let records = try album.run("--format", "jsonl", album.photos).records
      let result = try Executable(path: program).run([album.model] + records.map(\.path))
      #expect(result.status == 1, "\(result.messages)")
      #expect(result.output == records.map(Self.text).joined())
      let without = try Executable(path: program).run([album.photos, records[0].path])
      #expect(without.status == 2 && without.messages.contains(album.photos))
    }
  }

  /// What the example prints of a picture.
  private static func text(_ record: JSONRecord) -> String {
    guard let labels = record.labels else {
      return "\(record.path)\terror\t\(record.path): \(record.error ?? "")\n"
    }
    let lines = labels.map { label in
      "\t\(label.label)\t\(label.set)\t\(label.head)\t"
        + [label.score, label.logit].map { String(format: "%.9g", $0) }.joined(separator: "\t")
        + "\n"
    }
    return "\(record.path)\tanswer\t\(record.answer?.label ?? "unknown")\n" + lines.joined()
  }

  @Test("The header declares what the library exports")
  func header() throws {
    let text = try String(
      contentsOfFile: Self.repository + "/Sources/CMMRL/mmrl.h", encoding: .utf8)
    let declared = text.matches(of: /(?m)^(?:const )?\w+ \*?(mmrl_\w+)\(/).map {
      String($0.output.1)
    }
    let library = URL(fileURLWithPath: Executable.mmrlRun.path).deletingLastPathComponent().path
    let symbols = try Executable(path: "/usr/bin/env").run(
      ["nm", "-D", "--defined-only", library + "/libmmrl.so"])
    let exported = symbols.lines.compactMap { $0.split(separator: " ").last.map(String.init) }
      .filter { $0.hasPrefix("mmrl_") }
    #expect(declared.count > 30)
    #expect(declared.sorted() == exported.sorted())
  }
}
