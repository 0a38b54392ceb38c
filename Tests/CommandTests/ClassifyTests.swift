import Foundation
import Testing

@Suite("mmrl-run on files and folders")
struct ClassifyTests {
  @Test("A picture gets its labels best first, known by fusion and novel by class")
  func labels() throws {
    try Album.with { album in
      try album.addPicture("a.png")
      let result = try album.run("--format", "jsonl", album.photos)
      #expect(result.status == 0)
      #expect(result.messages.isEmpty)
      let record = try #require(try result.records.first)
      #expect(record.path == album.photos + "/a.png")
      #expect(try #require(record.ms) > 0)
      let labels = try #require(record.labels)
      #expect(labels.map(\.set) == ["known", "known", "known", "novel", "novel"])
      for (set, head) in [("known", "fusion"), ("novel", "class")] {
        let group = labels.filter { $0.set == set }
        #expect(group.allSatisfy { $0.head == head })
        #expect(group.map(\.score) == group.map(\.score).sorted(by: >))
        #expect(group.map(\.logit) == group.map(\.logit).sorted(by: >))
        // Softmax over the set, all of which is shown here.
        #expect(abs(group.map(\.score).reduce(0, +) - 1) < 1e-5)
        let largest = try #require(group.first).logit
        let sum = group.map { exp($0.logit - largest) }.reduce(0, +)
        for label in group { #expect(abs(label.score - exp(label.logit - largest) / sum) < 1e-5) }
      }
      #expect(Set(labels.map(\.label)).count == 5)
    }
  }

  @Test("--labels and --top choose", arguments: [("known", 2), ("novel", 1), ("all", 1)])
  func selection(labels: String, top: Int) throws {
    try Album.with { album in
      try album.addPicture("a.png")
      let result = try album.run(
        "--format", "jsonl", "--labels", labels, "--top", "\(top)", album.photos)
      let found = try #require(try result.records.first?.labels)
      let sets = labels == "all" ? ["known", "novel"] : [labels]
      #expect(found.map(\.set) == sets.flatMap { Array(repeating: $0, count: top) })
    }
  }

  @Test(
    "Folders are read in natural order, deeper ones with -r; hidden and other files are not pictures"
  )
  func folders() throws {
    try Album.with { album in
      for name in ["img10.png", "img2.png", "Img1.png", "sub/x.png", ".hidden.png"] {
        try album.addPicture(name)
      }
      try album.add("notes.txt", Array("not a picture".utf8))
      let flat = try album.run("--format", "jsonl", album.photos)
      #expect(try flat.records.map(\.name) == ["Img1.png", "img2.png", "img10.png"])
      #expect(flat.status == 0)
      let deep = try album.run("--format", "jsonl", "-r", album.photos)
      #expect(try deep.records.map(\.name) == ["Img1.png", "img2.png", "img10.png", "x.png"])
    }
  }

  @Test("A list on stdin names files and folders, ended by line feeds, CR LF or zeros")
  func list() throws {
    try Album.with { album in
      for name in ["a.png", "b.png", "c.png", "d/e.png", "of two\nlines.png"] {
        try album.addPicture(name)
      }
      func names(_ list: [String], endedBy end: String) throws -> [String] {
        let result = try album.run(
          "--format", "jsonl", "-",
          input: list.map { "\(album.photos)/\($0)" }.joined(separator: end))
        #expect(result.status == 0)
        return try result.records.map(\.name)
      }
      #expect(
        try names(["c.png", "a.png", "d", "b.png"], endedBy: "\r\n\n")
          == ["c.png", "a.png", "e.png", "b.png"])
      // Zeros, as of `find -print0`, leave line feeds to the names.
      #expect(
        try names(["of two\nlines.png", "d", "a.png"], endedBy: "\0")
          == ["of two\nlines.png", "e.png", "a.png"])
    }
  }

  @Test("A list without names, or that cannot be read, is not taken for done")
  func noList() throws {
    try Album.with { album in
      let file = album.folder + "/results.csv"
      let empty = try album.run("--format", "csv", "--output", file, "-")
      #expect(empty.status == 2)
      #expect(empty.messages.contains("no pictures in the list on stdin"))
      #expect(!FileManager.default.fileExists(atPath: file))
      let folder = try album.shell(#""$RUN" --model "$MODEL" --format jsonl - < "$PHOTOS""#)
      #expect(folder.status == 1)
      #expect(try folder.records.map(\.path) == ["-"])
      #expect(try folder.records.first?.error == "Is a directory")
    }
  }

  @Test("A file whose name is not UTF-8 is found, in a folder and as an argument")
  func foreignNames() throws {
    try Album.with { album in
      try album.addPicture("a.png")
      let result = try album.shell(
        #"""
        cd "$PHOTOS"
        for name in "$(printf 'caf\351.png')" "$(printf 'caf\350.png')"; do cp a.png "$name"; done
        "$RUN" --model "$MODEL" --format jsonl caf*.png && "$RUN" --model "$MODEL" --format jsonl .
        """#)
      #expect(result.status == 0)
      let strange = "caf\u{FFFD}.png"
      #expect(try result.records.map(\.name) == [strange, strange, "a.png", strange, strange])
    }
  }

  @Test("A pipe in a folder is no picture, whatever its name", .timeLimit(.minutes(1)))
  func pipeInFolder() throws {
    try Album.with { album in
      try album.addPicture("a.png")
      #expect(mkfifo(album.photos + "/b.png", 0o600) == 0)
      let result = try album.run("--format", "jsonl", album.photos)
      #expect(result.status == 0)
      #expect(try result.records.map(\.name) == ["a.png"])
    }
  }

  @Test("What cannot be read is one error record in its place; the others are classified")
  func failures() throws {
    try Album.with { album in
      try album.addPicture("1.png")
      try album.add("2.jpg", [])
      try album.add("3.png", Array("this is no picture".utf8))
      try album.add("4.gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0])
      try album.addPicture("5.png", seed: 2)
      let whole = [UInt8](
        try Data(contentsOf: URL(fileURLWithPath: album.photos + "/5.png")))
      try album.add("6.png", Array(whole.prefix(whole.count / 2)))
      let result = try album.run(
        "--format", "jsonl", album.photos, album.photos + "/missing.png")
      let records = try result.records
      #expect(records.map { $0.error == nil } == [true, false, false, false, true, false, false])
      #expect(records.map { $0.labels == nil } == records.map { $0.error != nil })
      #expect(Set(records.compactMap(\.error)).count == 5)
      #expect(result.status == 1)
      #expect(result.messages.contains("5 of 7"))
    }
  }

  @Test("Threads and batch do not change a bit of the result", arguments: [(1, 1), (2, 3), (3, 8)])
  func sameBits(threads: Int, batch: Int) throws {
    try Album.with { album in
      for index in 0..<9 { try album.addPicture("\(index).png", seed: UInt64(index)) }
      try album.add("4.png", [1, 2, 3])
      let arguments = ["--format", "jsonl", album.photos]
      let one = try Executable.mmrlRun.run(
        ["--model", album.model, "--threads", "1"] + arguments)
      let other = try Executable.mmrlRun.run(
        ["--model", album.model, "--threads", "\(threads)", "--batch", "\(batch)"] + arguments)
      let untimed = { (record: JSONRecord) in
        var record = record
        record.ms = nil
        return record
      }
      #expect(try one.records.map(untimed) == other.records.map(untimed))
      #expect(try one.records.count == 9)
    }
  }

  @Test("Nothing to do is status 2, wrong usage is 64")
  func nothing() throws {
    try Album.with { album in
      let empty = try album.run(album.photos)
      #expect(empty.status == 2)
      #expect(empty.messages.contains("no pictures"))
      #expect(try album.run().status == 64)
      #expect(try album.run("--top", "0", album.photos).status == 64)
      #expect(try album.run("--format", "xml", album.photos).status == 64)
    }
  }
}
