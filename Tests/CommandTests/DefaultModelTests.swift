import Foundation
import ModelFile
import TestSupport
import Testing

/// models/default.mmrl, which mmrl-run finds by itself above the folder that it is built in.
@Suite struct DefaultModelTests {
  private static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  private static let model = repository + "/models/default.mmrl"
  private static let photo = repository + "/Tests/ImagingTests/Fixtures/photos/land.png"

  @Test("Without a model named, images get everyday words, all by name and never unknown")
  func everydayWords() throws {
    let result = try Executable.mmrlRun.run(["--format", "jsonl", "--top", "1000", Self.photo])
    #expect(result.status == 0, "\(result.messages)")
    let record = try #require(try result.records.first)
    let labels = try #require(record.labels)
    #expect(labels.allSatisfy { $0.set == "novel" })
    #expect(record.answer?.label == labels.first?.label)
    #expect(record.unknown != true)

    let words = try String(
      contentsOfFile: Self.repository + "/models/everyday.txt", encoding: .utf8
    )
    .split(separator: "\n").map(String.init)
    #expect(Set(labels.map(\.label)).isSubset(of: words))
    #expect(labels.count > 300)
  }

  @Test("Words that validation photos showed not to be known are no labels, all others are")
  func unknownWords() throws {
    let tested = try String(
      contentsOfFile: Self.repository + "/models/everyday.tsv", encoding: .utf8
    )
    .split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    let kept = try tested.filter { fields in
      let (right, said) = (try #require(Int(fields[1])), try #require(Int(fields[2])))
      return said < 3 || 10 * right >= said
    }
    let labels = try ModelReader(path: Self.model).manifest.labelSet(.novel)?.labels
    #expect(labels == kept.map { $0[0] })
    #expect(kept.count < tested.count)
  }

  @Test("Any labels by name, at once")
  func labelsByName() throws {
    let result = try Executable.mmrlRun.run(
      ["--label", "red mug", "--label", "scissors", "--format", "jsonl", Self.photo])
    #expect(result.status == 0, "\(result.messages)")
    #expect(
      Set(try #require(try result.records.first?.labels).map(\.label)) == ["red mug", "scissors"])
  }

  @Test("It says under which terms it may be used, and is no larger than it should be")
  func terms() throws {
    let terms = try String(
      contentsOfFile: Self.repository + "/models/clip/TERMS.txt", encoding: .utf8)
    let reader = try ModelReader(path: Self.model)
    #expect(reader.manifest.provenance.licence == terms)
    #expect(reader.fileLength < 36_000_000)
    let inspected = try Executable.mmrlConvert.run(["inspect", Self.model])
    let line = try #require(inspected.lines.first { $0.hasPrefix("licence  ") })
    #expect(line.dropFirst(9) == terms.prefix { $0 != "\n" })
  }

  @Test("In place of a checkpoint, it names the checkpoint that it was made of")
  func notACheckpoint() throws {
    try withTemporaryDirectory { folder in
      let result = try Executable.mmrlConvert.run(
        [Self.model, "--train", folder, "-o", folder + "/out.mmrl"])
      #expect(result.status == 2)
      #expect(result.messages.contains("\(Self.model): a finished model"))
      #expect(result.messages.contains("made of, \(Self.repository)/models/clip"))
    }
  }
}
