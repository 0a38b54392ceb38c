import Foundation
import TestSupport
import Testing

@Suite("mmrl-convert")
struct ConvertTests {
  @Test("A checkpoint and labels make a model that mmrl-run classifies with")
  func zeroShot() throws {
    try Workbench.with { bench in
      let known = try bench.file("known.txt", "# animals\ncat\n\ndog\nsea_horse\n")
      let novel = try bench.file("novel.txt", "car\ntree\n")
      let result = try bench.run(
        TinyCLIP.checkpoint, "-o", bench.output, "--known", known, "--novel", novel)
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
        TinyCLIP.checkpoint, "-o", bench.output, "--known", labels, "--least-cosine", "1",
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
      // Alone in a folder of its own, without a vocabulary beside it.
      let alone = bench.folder + "/alone.pt"
      try FileManager.default.copyItem(atPath: TinyCLIP.checkpoint, toPath: alone)
      let cases: [(checkpoint: String, labels: String, said: [String])] = [
        (bench.folder + "/none.pt", labels, ["none.pt"]),
        (alone, labels, ["no vocabulary of 4096 tokens", "--vocab", "tools/get-vocabulary"]),
        (Workbench.publishedAdapter, labels, ["is an MMRL adapter", "--adapter"]),
        (text, labels, ["text.txt"]),
        (TinyCLIP.checkpoint, bench.folder + "/none.txt", ["none.txt"]),
        (TinyCLIP.checkpoint, doubled, ["doubled.txt", "\"cat\"", "line 1", "line 3"]),
        (TinyCLIP.checkpoint, empty, ["empty.txt", "no labels"]),
      ]
      for (checkpoint, labels, said) in cases {
        let result = try bench.run(checkpoint, "-o", bench.output, "--known", labels)
        #expect(result.status == 2, "\(said)")
        #expect(result.output.isEmpty)
        for words in said { #expect(result.messages.contains(words), "\(result.messages)") }
      }
      let misfit = try bench.run(
        TinyCLIP.checkpoint, "-o", bench.output, "--known", labels, "--adapter",
        Workbench.publishedAdapter)
      #expect(misfit.status == 2)
      #expect(misfit.messages.contains(Workbench.publishedAdapter))
      try FileManager.default.removeItem(atPath: alone)
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
      let model = TinyCLIP.checkpoint
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

  @Test("Each help fits two screens, with the settings of the papers last")
  func help() throws {
    let ways = [
      ["--help"], ["-h"], ["clip/", "--help"], ["help"], ["label", "--help"], ["encode", "--help"],
      ["verify", "--help"], ["inspect", "--help"], ["evaluate", "--help"], ["help", "evaluate"],
    ]
    for arguments in ways {
      let result = try Executable.mmrlConvert.run(arguments)
      #expect(result.status == 0)
      #expect(result.messages.isEmpty)
      let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 100, "\(arguments): \(lines.count) lines")
      #expect(lines.allSatisfy { $0.count <= 100 }, "\(arguments)")
      #expect(!result.output.contains("NumberList"))
      let sections = lines.filter { $0.hasSuffix(":") && $0 == $0.uppercased() }.dropLast()
      if let papers = sections.firstIndex(of: "SETTINGS OF THE PAPERS:") {
        #expect(papers == sections.endIndex - 1, "\(arguments): \(sections)")
      }
    }
    let help = try Executable.mmrlConvert.run(["--help"]).output
    for words in [
      "--known <labels.txt>", "--train <folder>", "(values: mmrl, mmrl++)", "label adds",
    ] {
      #expect(help.contains(words), "\(words)")
    }
    let papers = try #require(help.range(of: "SETTINGS OF THE PAPERS:"))
    for option in ["--preset", "--dataset", "--method", "--alpha", "--rank", "--fp16-rounding"] {
      #expect(help.range(of: "\n  \(option)")?.lowerBound ?? papers.lowerBound > papers.lowerBound)
    }
    #expect(try Executable.mmrlConvert.run(["--version"]).output == "mmrl-convert 0.2.0\n")
    #expect(try Executable.mmrlRun.run(["--version"]).output == "mmrl-run 0.2.0\n")
  }

  @Test("Wrong usage is status 64")
  func usage() throws {
    try Workbench.with { bench in
      let labels = try bench.file("labels.txt", "cat\ndog\n")
      let checkpoint = TinyCLIP.checkpoint
      #expect(try bench.run(checkpoint, "-o", bench.output).status == 64)
      #expect(try bench.run(checkpoint, "--known", labels).status == 64)
      for options in [
        ["--template", "no place for it"], ["--least-cosine", "2"], ["--threads", "0"],
        ["--nonsense"],
      ] {
        let result = try Executable.mmrlConvert.run(
          [checkpoint, "-o", bench.output, "--known", labels] + options)
        #expect(result.status == 64, "\(options)")
      }
      #expect(try bench.run("encode", checkpoint, "-o", bench.output).status == 64)
      #expect(try bench.written.isEmpty)
    }
  }

  @Test("Options that do not go together are named")
  func together() throws {
    let adapter = ["--adapter", "a.pt"]
    for (arguments, words) in [
      (["--train", "p", "--known", "l.txt"], "--known and --train exclude each other"),
      (["--train", "p"] + adapter, "--adapter and --train exclude each other"),
      (["--train", "p", "--calibration", "q"], "--calibration and --train exclude each other"),
      (["--known", "l.txt", "--shots", "4"], "--shots belongs to --train"),
      (["--known", "l.txt", "--resume"], "--resume belongs to --train"),
      (["--known", "l.txt", "--report", "r.html"], "--report belongs to --train"),
      (["--known", "l.txt", "--preset", "photos"] + adapter, "--preset belongs to --train"),
      (["--known", "l.txt", "--epochs", "1"], "--epochs belongs to --train"),
      (["--known", "l.txt", "--alpha", "0.5"], "--alpha is a setting of an adapter"),
      (["--known", "l.txt", "--method", "mmrl"], "--method is a setting of an adapter"),
      (["--train", "p", "--method", "mmrl", "--rank", "4"], "--rank belongs to --method mmrl++"),
      ([], "Name the labels"),
    ] {
      let result = try Executable.mmrlConvert.run(["clip.pt", "-o", "m.mmrl"] + arguments)
      #expect(result.status == 64, "\(arguments)")
      #expect(result.messages.contains(words), "\(result.messages)")
      #expect(result.messages.contains("See 'mmrl-convert --help'"), "\(result.messages)")
    }
  }

  @Test("What could be written once is named with what to write now")
  func formerForms() throws {
    for (arguments, words) in [
      (["train", "clip.pt", "--train", "p", "-o", "m.mmrl"], "mmrl-convert <checkpoint> --train"),
      (["train", "--help"], "mmrl-convert <checkpoint> --train"),
      (["convert", "clip.pt", "--known", "l.txt", "-o", "m.mmrl"], "mmrl-convert <checkpoint> "),
      (["clip.pt", "--train", "p", "-o", "m.mmrl", "--auto"], "--auto is gone"),
    ] {
      let result = try Executable.mmrlConvert.run(arguments)
      #expect(result.status == 64, "\(arguments)")
      #expect(result.messages.contains(words), "\(result.messages)")
      #expect(result.output.isEmpty)
    }
  }

  @Test("A label that is longer than the context is named, and used without its end")
  func longLabel() throws {
    try Workbench.with { bench in
      let long = Array(repeating: "zebra xylophone", count: 20).joined(separator: " ")
      let labels = try bench.file("labels.txt", "cat\n\(long)\n")
      let result = try bench.run(TinyCLIP.checkpoint, "-o", bench.output, "--known", labels)
      #expect(result.status == 0)
      #expect(result.messages.contains("\"\(long)\""))
      #expect(!result.messages.contains("\"cat\""))
      #expect(try bench.written == ["out.mmrl"])
    }
  }
}
