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

  @Test("A place that cannot be written to is named before the work begins")
  func places() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let pipe = bench.folder + "/pipe"
      #expect(mkfifo(pipe, 0o600) == 0)
      let wrong = [
        (bench.photos, "is a folder"), (pipe, "is a device or a pipe"),
        (bench.folder + "/none/x", "No such file or directory"),
      ]
      let model = Workbench.checkpoint
      for (path, words) in wrong {
        let ways = [
          [model, "-o", path, "--known", labels],
          ["encode", model, "-o", path, "--texts", labels],
          ["evaluate", model, "--dataset", "caltech101", "--root", "none", "--json", path],
          [model, "--train", "none", "-o", bench.output, "--save-adapter", path],
          [model, "--train", "none", "-o", bench.output, "--report", path],
          ["label", "none.mmrl", model, "--novel", labels, "-o", path],
        ]
        for arguments in ways {
          let result = try Executable.mmrlConvert.run(arguments)
          #expect(result.status == 2)
          #expect(result.messages.hasPrefix("mmrl-convert: \(path): "), "\(arguments)")
          #expect(result.messages.contains(words), "\(arguments)")
        }
      }
      #expect(try bench.written == ["pipe"])
    }
  }

  @Test("Help fits a terminal, and names what can be given")
  func help() throws {
    let commands = ["convert", "train", "label", "evaluate", "encode", "verify", "inspect"]
    for arguments in [[]] + commands.map({ [$0] }) {
      let result = try Executable.mmrlConvert.run(arguments + ["--help"])
      #expect(result.status == 0)
      // ArgumentParser breaks all lines but those of the usage.
      let lines = result.lines.filter { !$0.hasPrefix("USAGE:") && !$0.hasPrefix("   ") }
      #expect(lines.allSatisfy { $0.count <= 80 }, "\(arguments)")
      #expect(!result.output.contains("NumberList"))
    }
    let training = try Executable.mmrlConvert.run(["train", "--help"]).output
    #expect(training.contains("(values: mmrl, mmrl++;"))
    #expect(try Executable.mmrlConvert.run(["--version"]).output == "mmrl-convert 0.1\n")
    #expect(try Executable.mmrlRun.run(["--version"]).output == "mmrl-run 0.1\n")
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
