import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("mmrl-run labels, and labels by name alone")
struct LabelsTests {
  /// A model with a text tower of random weights, whose labels can be told apart by nobody.
  private static let fixture = ModelFixture(.mmrlPlusPlus).withText(contextLength: 48)

  private func labels(_ arguments: String...) throws -> Executable.Result {
    try Executable.mmrlRun.run(["labels"] + arguments)
  }

  @Test("Labels are shown with their origin, added, renamed and removed in place or elsewhere")
  func editing() throws {
    try Album.with(Self.fixture) { album in
      let before = try Data(contentsOf: URL(filePath: album.model))
      #expect(
        try labels(album.model).lines == [
          "learnt   known 0", "learnt   known 1", "learnt   known 2", "by name  novel 0",
          "by name  novel 1",
        ])
      let copy = album.folder + "/copy.mmrl"
      let added = try labels(
        album.model, "add", "red mug", "saw", "--prompt", "a {}", "--prompt", "the {}", "-o", copy)
      #expect(added.status == 0, "\(added.messages)")
      #expect(added.messages.contains("7 labels"))
      #expect(try Data(contentsOf: URL(filePath: album.model)) == before)
      #expect(try labels(copy).lines.suffix(2) == ["by name  red mug", "by name  saw"])

      #expect(try labels(copy, "rename", "known 1", "cup").status == 0)
      #expect(try labels(copy, "remove", "known 0", "saw").status == 0)
      #expect(
        try labels(copy).lines == [
          "learnt   cup", "learnt   known 2", "by name  novel 0", "by name  novel 1",
          "by name  red mug",
        ])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: album.folder).sorted()
          == ["copy.mmrl", "model.mmrl", "photos"])

      // A link stays a link.
      let link = album.folder + "/link.mmrl"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: copy)
      #expect(try labels(link, "remove", "cup").status == 0)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == copy)
      #expect(try labels(copy).lines.count == 4)

      try album.addImage("a.png")
      let result = try Executable.mmrlRun.run(
        ["--model", copy, "--format", "jsonl", album.photos])
      let found = try #require(try result.records.first?.labels)
      #expect(Set(found.map(\.label)) == ["known 2", "novel 0", "novel 1", "red mug"])
    }
  }

  @Test("A disk that is full is said with the file's name, and the model stays")
  func fullDisk() throws {
    try Album.with(Self.fixture) { album in
      let before = try Data(contentsOf: URL(filePath: album.model))
      // What a process may not write ends as a full disk does, where the signal of that is ignored.
      let result = try album.shell(
        "ulimit -f 4; trap '' XFSZ; exec \"$RUN\" labels \"$MODEL\" remove 'known 1'")
      #expect(result.status == 2)
      #expect(result.messages.contains(album.model + ": write: "), "\(result.messages)")
      #expect(try Data(contentsOf: URL(filePath: album.model)) == before)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: album.folder).sorted()
          == ["model.mmrl", "photos"])
    }
  }

  @Test(
    "Results that cannot be printed are an error",
    arguments: ["labels \"$MODEL\"", "--help", "bench --model \"$MODEL\" --json"])
  func fullOutput(command: String) throws {
    try Album.with(Self.fixture) { album in
      let result = try album.shell("\"$RUN\" \(command) > /dev/full")
      #expect(result.status == 2)
      #expect(result.messages == "mmrl-run: stdout: No space left on device\n")
    }
  }

  @Test("Labels by name alone score as the same labels in the model do, without its own")
  func byName() throws {
    try Album.with(Self.fixture) { album in
      for index in 0..<3 { try album.addImage("\(index).png", seed: UInt64(index)) }
      let names = ["red mug", "scissors", "saw"]
      let copy = album.folder + "/copy.mmrl"
      let edited = try Executable.mmrlRun.run(
        ["labels", album.model, "remove", "novel 0", "novel 1", "-o", copy])
      #expect(edited.status == 0)
      let added = try Executable.mmrlRun.run(["labels", copy, "add"] + names)
      #expect(added.status == 0, "\(added.messages)")
      let expected = try Executable.mmrlRun.run(
        ["--model", copy, "--labels", "novel", "--format", "jsonl", album.photos])
      let options = names.flatMap { ["--label", $0] }
      let template = try #require(Self.fixture.manifest.labelSets.first).template
      let prompts: [[String]] = [[], ["--prompt", template]]
      for prompt in prompts {
        let arguments: [String] = options + prompt
        let result = try album.run(arguments + ["--format", "jsonl", album.photos])
        #expect(result.status == 0, "\(result.messages)")
        #expect(try result.records.map(\.labels) == expected.records.map(\.labels))
        #expect(try result.records.first?.labels?.map(\.head) == ["class", "class", "class"])
      }
      let other = try album.run(
        options + ["--prompt", "{}", "--prompt", "no {}", "--format", "jsonl", album.photos])
      #expect(try other.records.map(\.labels) != expected.records.map(\.labels))

      let frames = try album.file("s.mjpg", LiveFrames.jpeg(0) + LiveFrames.jpeg(1))
      let stream = try album.run(
        ["--label", "owl", "--label", "saw", "--format", "jsonl", "--stream", frames])
      #expect(
        try stream.frames.map { Set($0.labels.map(\.label)) } == [["owl", "saw"], ["owl", "saw"]])
    }
  }

  @Test("What cannot be is named, and nothing is written")
  func refusals() throws {
    try Album.with(Self.fixture) { album in
      try album.addImage("a.png")
      let before = try Data(contentsOf: URL(filePath: album.model))
      let cases: [(arguments: [String], status: Int32, said: String)] = [
        (["add", "NOVEL_0"], 2, "the same prompt as the model's label \"novel 0\""),
        (["add", "a b", "A_b"], 2, "\"a b\" and \"A_b\" have the same prompt"),
        (["add", "a", "b", "--prompt", "mine"], 2, "has no {}"),
        (["remove", "Known 0"], 2, "it has \"known 0\""),
        (["rename", "known 0", "novel_1"], 2, "\"novel 1\""),
        (["remove", "known 0", "-o", album.photos], 2, "is a folder"),
        (["rename", "known 0"], 64, "the new one"), (["add"], 64, "Name the labels"),
        (["remove", "known 0", "--prompt", "a {}"], 64, "goes with add"),
        (["-o", "x.mmrl"], 64, "goes with add"), (["erase", "x"], 64, "add"),
      ]
      for (arguments, status, said) in cases {
        let result = try Executable.mmrlRun.run(["labels", album.model] + arguments)
        #expect(result.status == status, "\(arguments)")
        #expect(result.messages.contains(said), "\(result.messages)")
      }
      #expect(try Data(contentsOf: URL(filePath: album.model)) == before)
      for (arguments, said) in [
        (["--label", "a", "--label", "A"], "have the same prompt"),
        (["--label", "a", "--labels", "known"], "exclude each other"),
        (["--prompt", "a {}"], "about a --label"),
      ] {
        let result = try album.run(arguments + [album.photos])
        #expect(result.status == 64 && result.messages.contains(said), "\(result.messages)")
      }
    }
  }

  @Test("A label that is too long for the text tower is said to be")
  func truncated() throws {
    try Album.with(Self.fixture) { album in
      let long = String(repeating: "long ", count: 12)
      let result = try labels(album.model, "add", long)
      #expect(result.status == 0)
      #expect(result.messages.contains("longer than the text tower's 48 tokens"))
    }
  }

  @Test("Without a text tower labels are renamed and removed, and adding says how to make one")
  func withoutTower() throws {
    try Album.with { album in
      try album.addImage("a.png")
      for result in [
        try labels(album.model, "add", "x"), try album.run("--label", "x", album.photos),
      ] {
        #expect(result.status == 2)
        #expect(result.messages.contains("--with-text"), "\(result.messages)")
        #expect(result.messages.contains(album.model))
      }
      #expect(try labels(album.model, "rename", "novel 0", "x").status == 0)
      #expect(try labels(album.model, "remove", "known 0").status == 0)
      #expect(try labels(album.model).lines.count == 4)
    }
  }

  @Test("Labels added at the edge have the features of those that the converter adds")
  func asTheConverter() throws {
    try Workbench.with { bench in
      let made = try bench.run(
        TinyCLIP.checkpoint, "--adapter", TinyCLIP.adapter, "--known",
        bench.file("known.txt", "cat\ndog\n"), "--with-text", "-o", bench.output)
      #expect(made.status == 0, "\(made.messages)")
      #expect(made.output.contains("text tower: mean cosine "))
      let names = ["red mug", "musical_instrument", "owl", "a Café with 3 tables"]
      let float = bench.folder + "/float.mmrl"
      let edge = bench.folder + "/edge.mmrl"
      let file = try bench.file("novel.txt", names.joined(separator: "\n"))
      let converted = try bench.run(
        "label", bench.output, TinyCLIP.checkpoint, "--novel", file, "-o", float)
      #expect(converted.status == 0, "\(converted.messages)")
      let added = try Executable.mmrlRun.run(
        ["labels", bench.output, "add"] + names + ["-o", edge])
      #expect(added.status == 0, "\(added.messages)")
      let models = try [float, edge].map { try ModelReader(path: $0) }
      #expect(models[0].manifest == models[1].manifest)
      #expect(models[0].manifest.text != nil)
      let features = try models.map { try $0.floats("labels.novel.features") }
      let largest = zip(features[0], features[1]).map { abs($0 - $1) }.max() ?? 1
      #expect(largest < 1e-3, "\(largest)")
      let verified = try bench.run(
        "verify", edge, TinyCLIP.checkpoint, "--adapter", TinyCLIP.adapter)
      #expect(verified.status == 0 && verified.output.contains("text tower"))
      #expect(try bench.run("inspect", edge).output.contains("texts    "))
    }
  }
}
