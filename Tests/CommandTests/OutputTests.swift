import Foundation
import Testing

@Suite("mmrl-run's output")
struct OutputTests {
  @Test("CSV has a header and one row a label, ended by CR LF; a failure is one row")
  func csv() throws {
    try Album.with { album in
      try album.addImage("a, \"b\".png")
      try album.add("c.png", [])
      let result = try album.run("--format", "csv", album.photos)
      let lines = result.lines
      #expect(lines.count == 7)
      #expect(result.output.utf8.count { $0 == UInt8(ascii: "\n") } == 7)
      #expect(result.output.utf8.count { $0 == UInt8(ascii: "\r") } == 7)
      #expect(lines[0] == "path,answer,unknown_score,label,set,head,score,logit,ms,error")
      // The answer is in every row, and the label of the first.
      let path = "\"\(album.photos)/a, \"\"b\"\".png\","
      let first = try #require(lines[1].dropFirst(path.count).split(separator: ",").first)
      #expect(lines[1].hasPrefix("\(path)\(first),,\(first),"))
      #expect(lines[1...5].allSatisfy { $0.hasPrefix("\(path)\(first),,") })
      #expect(lines[6].hasPrefix("\(album.photos)/c.png,,,,,,,,,"))
      #expect(lines[6].split(separator: ",").count == 2)
    }
  }

  @Test("The table shows the answer and the next best labels of both groups")
  func table() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let lines = try album.run(album.photos).lines
      #expect(lines.count == 2)
      #expect(lines[0].split(separator: " ") == ["image", "answer", "score"])
      let rest = try #require(lines[1].firstRange(of: "a.png  ")).upperBound
      let row = try #require(
        lines[1][rest...].wholeMatch(
          of: /(known|novel) \d  [01]\.\d{3}(, |  )((known|novel) \d [01]\.\d{3}(, |$)){2}/),
        "\(lines[1])")
      #expect(row.2 == "  ")
    }
  }

  @Test("A name is written as JSON whatever characters it has, and moves no cursor in a table")
  func escapes() throws {
    try Album.with { album in
      let name = "tab\t \"quote\" back\\slash \u{1} \u{7F} \u{9B}2J größe 🐈.png"
      try album.addImage(name)
      #expect(try album.run("--format", "jsonl", album.photos).records.map(\.name) == [name])
      let table = try album.run(album.photos).output
      #expect(table.contains("tab? \"quote\" back\\slash ? ? ?2J größe 🐈.png"))
    }
  }

  @Test("--output holds what stdout would, and nothing else is left in its folder")
  func outputFile() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let file = album.folder + "/results.csv"
      let result = try album.run(
        "--format", "csv", "--output", file, album.photos)
      #expect(result.status == 0)
      #expect(result.output.isEmpty)
      let text = try String(contentsOfFile: file, encoding: .utf8)
      #expect(text.split(separator: "\r\n").count == 6)
      let left = try FileManager.default.contentsOfDirectory(atPath: album.folder)
      #expect(Set(left) == ["model.mmrl", "photos", "results.csv"])

      let nowhere = try album.run("--output", album.folder + "/none/x.csv", album.photos)
      #expect(nowhere.status == 2)
      #expect(nowhere.messages.contains("No such file or directory"))
    }
  }

  @Test(
    "--output writes into a pipe and through a link, and replaces neither", .timeLimit(.minutes(10))
  )
  func outputToWhatIsThere() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let result = try album.shell(
        #"""
        cd "$PHOTOS/.."
        mkfifo pipe; : > file; ln -s file link
        cat pipe & "$RUN" --model "$MODEL" --format jsonl --output pipe photos || exit 3
        wait
        "$RUN" --model "$MODEL" --format jsonl --output link photos || exit 4
        test -p pipe && test -L link && cat file
        """#)
      #expect(result.status == 0)
      #expect(try result.records.map(\.name) == ["a.png", "a.png"])
      #expect(try album.run("--output", album.photos, album.photos).status == 2)
    }
  }

  @Test("When nobody reads any more it ends by SIGPIPE, without a word")
  func closedOutput() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let process = try Executable.mmrlRun.process(["--model", album.model, album.photos])
      let (output, messages) = (Pipe(), Pipe())
      process.standardOutput = output
      process.standardError = messages
      try output.fileHandleForReading.close()
      try process.run()
      let words = messages.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      #expect(words.isEmpty)
      #expect(process.terminationReason == .uncaughtSignal)
      #expect(process.terminationStatus == SIGPIPE)
    }
  }

  @Test(
    "SIGINT and SIGTERM keep what is done on stdout and an old file as it was, and end by the signal",
    arguments: [SIGINT, SIGTERM], ["stdout", "old file", "new file"])
  func interrupt(signal: Int32, place: String) throws {
    try Album.with { album in
      try album.addImage("a.png")
      let isFile = place != "stdout"
      let results = album.folder + "/results.jsonl"
      if place == "old file" { try Data("old\n".utf8).write(to: URL(fileURLWithPath: results)) }
      let file = isFile ? ["--output", results] : []
      let process = try Executable.mmrlRun.process(
        ["--model", album.model, "--format", "jsonl", "-"] + file)
      let (input, output, messages) = (Pipe(), Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      process.standardError = messages
      try process.run()
      // The list stays open: the program would wait for more names for ever.
      input.fileHandleForWriting.write(Data("\(album.photos)/a.png\n".utf8))
      var text = ""
      if isFile {
        while process.isRunning, !text.hasSuffix("\n") {
          Thread.sleep(forTimeInterval: 0.01)
          text = Self.draft(of: process.processIdentifier, in: album.folder)
        }
      } else {
        text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      }
      kill(process.processIdentifier, signal)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal)
      #expect(process.terminationStatus == signal)
      #expect(try JSONRecord(text).labels?.count == 5)
      let words = String(
        decoding: try messages.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      #expect(words.contains("1 image, interrupted"))
      let left = try FileManager.default.contentsOfDirectory(atPath: album.folder).sorted()
      switch place {
      case "old file":
        #expect(words.contains("results.jsonl: stays as it was"))
        #expect(try String(contentsOfFile: results, encoding: .utf8) == "old\n")
        #expect(left == ["model.mmrl", "photos", "results.jsonl"])
      case "new file":
        #expect(words.contains("results.jsonl: not written"))
        #expect(left == ["model.mmrl", "photos"])
      default: #expect(left == ["model.mmrl", "photos"])
      }
    }
  }

  @Test("However early a signal comes, it ends by that signal")
  func earlySignal() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let image = album.photos + "/a.png"
      for index in 0..<300 {
        try FileManager.default.createSymbolicLink(
          atPath: "\(album.photos)/\(index).png", withDestinationPath: image)
      }
      // Known to be left out before anything is classified.
      try album.add("without an ending", [1, 2, 3])
      let result = try album.shell(
        """
        for hundredths in 00 00 01 01 02 02 03 03 04 04 05 06 07 08 09 10 12 14; do
          "$RUN" --model "$MODEL" --threads 1 "$PHOTOS" >/dev/null 2>&1 &
          sleep 0.$hundredths; kill -TERM $! 2>/dev/null; wait $!; echo $?
        done
        """)
      // 143: ended by SIGTERM. 0: done before it came.
      #expect(result.lines.allSatisfy { ["143", "0"].contains($0) }, "\(result.lines)")
      #expect(result.lines.contains("143"))
    }
  }

  /// What a process has written to a file in a folder that has no name yet, or the name of a draft.
  private static func draft(of process: Int32, in folder: String) -> String {
    let files = "/proc/\(process)/fd/"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: files)) ?? [] {
      let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: files + name)) ?? ""
      guard target.hasPrefix(folder), target.contains("#") || target.contains(".partial-") else {
        continue
      }
      return (try? String(contentsOfFile: files + name, encoding: .utf8)) ?? ""
    }
    return ""
  }
}
