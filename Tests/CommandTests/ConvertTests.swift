import Foundation
import Testing

@Suite("mmrl-convert")
struct ConvertTests {
  @Test("A checkpoint and labels make a model that mmrl-run classifies with")
  func zeroShot() throws {
    try Workbench.with { bench in
      let known = try bench.file("known.txt", "# animals\ncat\n\ndog\nsea_horse\n")
      let novel = try bench.file("novel.txt", "car\ntree\n")
      let result = try bench.run(
        Workbench.checkpoint, "-o", bench.output, "--known", known, "--novel", novel)
      #expect(result.status == 0, "\(result.messages)")
      #expect(result.messages.isEmpty)
      #expect(try bench.written == ["out.mmrl"])
      let classified = try Executable.mmrlRun.run([
        "--model", bench.output, "--format", "jsonl", bench.photos,
      ])
      #expect(classified.status == 0)
      let records = try classified.records
      #expect(records.count == 6)
      for record in records {
        let labels = try #require(record.labels)
        #expect(
          Set(labels.filter { $0.set == "known" }.map(\.label)) == ["cat", "dog", "sea_horse"])
        #expect(Set(labels.filter { $0.set == "novel" }.map(\.label)) == ["car", "tree"])
      }
    }
  }

  @Test("A model that fails its check is not written, and the one before it is kept")
  func failedCheck() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let arguments = [
        Workbench.checkpoint, "-o", bench.output, "--known", labels, "--least-cosine", "1",
      ]
      let result = try Executable.mmrlConvert.run(arguments)
      #expect(result.status == 1)
      #expect(result.messages.contains("not written"))
      #expect(try bench.written.isEmpty)
      // Asked for all the same, it is there.
      #expect(try Executable.mmrlConvert.run(arguments + ["--allow-inaccurate"]).status == 0)
      let before = try Data(contentsOf: URL(fileURLWithPath: bench.output))
      #expect(try Executable.mmrlConvert.run(arguments).status == 1)
      #expect(try Data(contentsOf: URL(fileURLWithPath: bench.output)) == before)
    }
  }

  @Test("What cannot be used is named, with status 2 and nothing written")
  func unusable() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let doubled = try bench.file("doubled.txt", "cat\ndog\ncat\n")
      let empty = try bench.file("empty.txt", "# nothing\n\n")
      let text = try bench.file("text.txt", "this is no checkpoint")
      let cases: [(checkpoint: String, labels: String, said: [String])] = [
        (bench.folder + "/none.pt", labels, ["none.pt"]),
        (text, labels, ["text.txt"]),
        (Workbench.checkpoint, bench.folder + "/none.txt", ["none.txt"]),
        (Workbench.checkpoint, doubled, ["doubled.txt", "\"cat\"", "line 1", "line 3"]),
        (Workbench.checkpoint, empty, ["empty.txt", "no labels"]),
      ]
      for (checkpoint, labels, said) in cases {
        let result = try bench.run(checkpoint, "-o", bench.output, "--known", labels)
        #expect(result.status == 2, "\(said)")
        #expect(result.output.isEmpty)
        for words in said { #expect(result.messages.contains(words), "\(result.messages)") }
      }
      let misfit = try bench.run(
        Workbench.checkpoint, "-o", bench.output, "--known", labels, "--adapter",
        Workbench.publishedAdapter)
      #expect(misfit.status == 2)
      #expect(misfit.messages.contains(Workbench.publishedAdapter))
      #expect(try bench.written.isEmpty)
    }
  }

  @Test("Wrong usage is status 64")
  func usage() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let checkpoint = Workbench.checkpoint
      #expect(try bench.run(checkpoint, "-o", bench.output).status == 64)
      #expect(try bench.run(checkpoint, "--known", labels).status == 64)
      for options in [
        ["--template", "no place for it"], ["--least-cosine", "2"], ["--alpha", "0.5"],
        ["--threads", "0"], ["--nonsense"],
      ] {
        let result = try Executable.mmrlConvert.run(
          [checkpoint, "-o", bench.output, "--known", labels] + options)
        #expect(result.status == 64, "\(options)")
      }
      #expect(try bench.run("encode", checkpoint, "-o", bench.output).status == 64)
      #expect(try bench.written.isEmpty)
    }
  }

  @Test("A label that is longer than the context is named, and used without its end")
  func longLabel() throws {
    try Workbench.with { bench in
      let long = Array(repeating: "zebra xylophone", count: 20).joined(separator: " ")
      let labels = try bench.file("labels.txt", "cat\n\(long)\n")
      let result = try bench.run(Workbench.checkpoint, "-o", bench.output, "--known", labels)
      #expect(result.status == 0)
      #expect(result.messages.contains("\"\(long)\""))
      #expect(!result.messages.contains("\"cat\""))
      #expect(try bench.written == ["out.mmrl"])
    }
  }
}
