import Foundation
import Testing

@Suite("mmrl-run on files and folders")
struct ClassifyTests {
  @Test("An image gets its labels best first in one list, known by fusion and novel by class")
  func labels() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let result = try album.run("--format", "jsonl", "--explain", album.photos)
      #expect(result.status == 0)
      #expect(result.messages.isEmpty)
      let record = try #require(try result.records.first)
      #expect(record.path == album.photos + "/a.png")
      #expect(try #require(record.ms) > 0)
      let labels = try #require(record.labels)
      #expect(labels.map(\.set).sorted() == ["known", "known", "known", "novel", "novel"])
      #expect(labels.map(\.score) == labels.map(\.score).sorted(by: >))
      #expect(abs(labels.map(\.score).reduce(0, +) - 1) < 1e-5)
      // The model has learnt from no photos: by the class head's softmax over all names it is known or novel.
      func mass(_ set: String) throws -> Float {
        try labels.filter { $0.set == set }.map { exp(try #require($0.class_logit)) }.reduce(0, +)
      }
      let known = try mass("known") / (mass("known") + mass("novel"))
      #expect(abs(try #require(record.known_probability) - known) < 1e-5)
      for (set, head, share) in [("known", "fusion", known), ("novel", "class", 1 - known)] {
        let group = labels.filter { $0.set == set }
        #expect(group.allSatisfy { $0.head == head })
        #expect(group.map(\.logit) == group.map(\.logit).sorted(by: >))
        // Softmax within the set, all of which is shown here.
        let largest = try #require(group.first).logit
        let sum = group.map { exp($0.logit - largest) }.reduce(0, +)
        for label in group {
          #expect(abs(label.score - share * exp(label.logit - largest) / sum) < 1e-5)
        }
      }
      // The model has no discriminant: fusion is 0.7 of the class head and 0.3 of the representation head.
      for label in labels where label.set == "known" {
        let parts = try (#require(label.class_logit), #require(label.representation_logit))
        #expect(abs(label.logit - (0.7 * parts.0 + 0.3 * parts.1)) < 1e-3)
        #expect(abs(parts.0 - parts.1) > 1e-3)
      }
      #expect(labels.allSatisfy { $0.set == "known" || $0.representation_logit == nil })
      #expect(Set(labels.map(\.label)).count == 5)
      let (answer, best) = (try #require(record.answer), labels[0])
      #expect(
        [answer.label, answer.set, answer.head, "\(answer.score)"]
          == [best.label, best.set, best.head, "\(best.score)"])
      #expect(record.unknown == nil && record.unknown_score == nil)
      // Unasked, nothing is explained.
      let plain = try #require(try album.run("--format", "jsonl", album.photos).records.first)
      #expect(plain.known_probability == nil)
      let unexplained = plain.labels?.allSatisfy {
        $0.class_logit == nil && $0.representation_logit == nil
      }
      #expect(unexplained == true)
    }
  }

  @Test("Folders of folders, lists on stdin and the choice of labels are options")
  func wiring() throws {
    try Album.with { album in
      for name in ["a.png", "sub/b.png"] { try album.addImage(name) }
      let one = ["--format", "jsonl", "--labels", "novel", "--top", "1"]
      let flat = try album.run(one + [album.photos])
      #expect(try flat.records.map(\.name) == ["a.png"])
      #expect(try flat.records.first?.labels?.map(\.set) == ["novel"])
      let deep = try album.run(one + ["-r", "--batch", "2", "--threads", "2", album.photos])
      #expect(try deep.records.map(\.name) == ["a.png", "b.png"])
      #expect(try deep.records.first?.labels == flat.records.first?.labels)
      let list = try album.run(one + ["-"], input: "\(album.photos)/sub\n\(album.photos)/a.png\n")
      #expect(try list.records.map(\.name) == ["b.png", "a.png"])
    }
  }

  @Test("Files whose names do not tell are said, and looked into when they are named or all are")
  func unclear() throws {
    try Album.with { album in
      let photo = try JPEGFile.photo(width: 60, height: 50)
      try album.add("noending", photo)
      try album.add("f.jpg_large", photo)
      try album.add("notes", [UInt8]("text".utf8))
      let none = try album.run("--format", "jsonl", album.photos)
      let line =
        "3 files without a known ending were left out: \(album.photos)/f.jpg_large, "
        + "\(album.photos)/noending, \(album.photos)/notes; --all-files looks into them\n"
      #expect(none.status == 2 && none.output.isEmpty)
      #expect(none.messages.contains(line), "\(none.messages)")
      #expect(none.messages.contains("no images in"))
      let named = try album.run("--format", "jsonl", album.photos + "/noending")
      #expect(named.status == 0 && named.messages.isEmpty)
      #expect(try named.records.map(\.name) == ["noending"])
      let all = try album.run("--format", "jsonl", "--all-files", album.photos)
      #expect(all.status == 0 && all.messages.isEmpty)
      #expect(try all.records.map(\.name) == ["f.jpg_large", "noending"])
      try album.add("a.mpo", photo)
      let list = try album.run("--format", "jsonl", "-", input: album.photos + "\n")
      #expect(try list.records.map(\.name) == ["a.mpo"])
      #expect(list.messages.contains(line))
    }
  }

  @Test("Large JPEG files are decoded at a smaller scale, unless that is not wanted")
  func fastDecode() throws {
    try Album.with { album in
      // A model of 32 pixels: from 127 on, half of them are twice as many.
      for (name, side) in [("large.jpg", 127), ("small.jpg", 126)] {
        try album.add(name, try JPEGFile.photo(width: side, height: side))
      }
      func logits(_ options: String...) throws -> [[Float]] {
        let result = try album.run(["--format", "jsonl"] + options + [album.photos])
        return try result.records.map { ($0.labels ?? []).map(\.logit) }
      }
      let usual = try logits()
      let (fast, full) = (try logits("--fast-decode"), try logits("--no-fast-decode"))
      #expect(usual == fast)
      #expect(usual[0] != full[0] && usual[1] == full[1])
    }
  }

  @Test(
    "What was typed before is told its new form; what makes no sense together is refused",
    arguments: [
      (["--list"], "mmrl-run list"), (["classify", "a.png"], "mmrl-run PATH"),
      (["live", "--camera", "/dev/video0"], "--camera DEVICE"), (["bench", "--list"], "--list"),
      (["a.png", "--camera", "/dev/video0"], "exclude each other"),
      (["a.png", "--smooth", "1"], "about a --camera or a --stream"),
      (["a.png", "--hold", "3"], "about a --camera or a --stream"),
      (["a.png", "--ignore", "mug"], "about a --camera or a --stream"),
      (["a.png", "--serve", "8080"], "about a --camera or a --stream"),
      (["a.png", "--exec", "true"], "about a --camera or a --stream"),
      (["a.png", "--every-frame"], "about a --stream"),
      (["a.png", "--fps", "5"], "about a --camera"),
      (["--stream", "-", "--size", "4x4"], "about a --camera"),
      (["--stream", "-", "-o", "x"], "about image files"),
      (["--stream", "-", "--batch", "2"], "about image files"),
      (["--stream", "-", "--all-files"], "about image files"),
      (["--stream", "-", "--no-fast-decode"], "about image files"),
      (["--stream", "-", "--exec-limit", "2"], "about --exec"),
    ] as [([String], String)])
  func refusals(_ arguments: [String], _ words: String) throws {
    let result = try Executable.mmrlRun.run(arguments)
    #expect(result.status == 64)
    #expect(result.messages.contains(words), "\(result.messages)")
    #expect(result.output.isEmpty)
  }

  @Test("The help of the program is that of classifying, and fits two screens")
  func help() throws {
    for arguments in [["--help"], ["-h"], ["a.png", "--help"]] {
      let result = try Executable.mmrlRun.run(arguments, environment: ["COLUMNS": "80"])
      #expect(result.status == 0)
      let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 100)
      for word in ["--recursive", "--camera", "--exec", "mmrl-run list", "mmrl-run bench"] {
        #expect(result.output.contains(word))
      }
    }
    #expect(try Executable.mmrlRun.run(["help", "bench"]).output.contains("--seconds"))
  }

  @Test("A list without names, or that cannot be read, is not taken for done")
  func noList() throws {
    try Album.with { album in
      let file = album.folder + "/results.csv"
      let empty = try album.run("--format", "csv", "--output", file, "-")
      #expect(empty.status == 2)
      #expect(empty.messages.contains("no images in the list on stdin"))
      #expect(!FileManager.default.fileExists(atPath: file))
      let folder = try album.shell(#""$RUN" --model "$MODEL" --format jsonl - < "$PHOTOS""#)
      #expect(folder.status == 2)
      #expect(try folder.records.map(\.path) == ["-"])
      #expect(try folder.records.first?.error == "Is a directory")
    }
  }

  @Test("A file whose name is not UTF-8 is found, in a folder and as an argument")
  func foreignNames() throws {
    try Album.with { album in
      try album.addImage("a.png")
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

  @Test("What cannot be read is one error record in its place; the others are classified")
  func failures() throws {
    try Album.with { album in
      try album.addImage("1.png")
      try album.add("2.jpg", [])
      try album.add("3.png", Array("this is no image".utf8))
      try album.add("4.gif", Array("GIF89a".utf8) + [1, 0, 1, 0, 0, 0, 0])
      try album.addImage("5.png", seed: 2)
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

  @Test("Nothing to do is status 2, wrong usage is 64")
  func nothing() throws {
    try Album.with { album in
      let empty = try album.run(album.photos)
      #expect(empty.status == 2)
      #expect(empty.messages.contains("no images"))
      #expect(try album.run().status == 64)
      #expect(try album.run("--top", "0", album.photos).status == 64)
      #expect(try album.run("--format", "xml", album.photos).status == 64)
    }
  }
}
