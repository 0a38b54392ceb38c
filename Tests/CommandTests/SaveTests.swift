import Foundation
import TestSupport
import Testing

/// `mmrl-run --save FOLDER`.
@Suite("mmrl-run --save", .timeLimit(.minutes(10)))
struct SaveTests {
  /// What is kept beside a picture.
  private struct Kept: Decodable {
    var sequence: Int
    var answer: JSONAnswer?
    var kept: [String]
    var labels: [JSONAnswer]?
  }

  private func records(_ folder: String) throws -> [(name: String, kept: Kept)] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(names.allSatisfy { $0.hasSuffix(".jpg") || $0.hasSuffix(".json") })
    return try names.filter { $0.hasSuffix(".json") }.map { name in
      let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
      let stem = String(name.dropLast(5))
      #expect(names.contains(stem + ".jpg"))
      return (stem, try JSONDecoder().decode(Kept.self, from: data))
    }
  }

  /// How many pictures are complete.
  private func pictures(_ folder: String) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: folder).count { $0.hasSuffix(".jpg") }
  }

  /// Two pictures that the album's model answers by different labels.
  private func pair(_ album: Album) throws -> (Int, Int) {
    let answers = try album.classify(0..<12).frames.map { try $0.best().label }
    return (0, try #require(answers.firstIndex { $0 != answers[0] }))
  }

  @Test(
    "Changes of a stream are kept as they were sent, with frames from before, and listed after a restart"
  )
  func stream() throws {
    try Album.with(LiveFrames.model) { album in
      let (x, y) = try pair(album)
      let images = [x, x, x, y, y, x]
      let path = try album.file("s.mjpg", images.flatMap { try LiveFrames.jpeg($0) })
      let folder = album.folder + "/saved"
      let options = ["--model", album.model, "--hysteresis", "0", "--save", folder]
      var result = try Executable.mmrlRun.run(options + ["--stream", path, "--every-frame"])
      #expect(result.status == 0 && result.messages.contains("saved: 3 pictures kept\n"))
      let kept = try records(folder)
      let frames = try result.frames
      #expect(kept.map(\.kept.sequence) == [1, 4, 6])
      #expect(kept.allSatisfy { $0.kept.kept == ["change"] })
      for (name, record) in kept {
        #expect(record.answer?.label == frames[record.sequence - 1].answer?.label)
        #expect(
          FileManager.default.contents(atPath: "\(folder)/\(name).jpg")
            == Data(try LiveFrames.jpeg(images[record.sequence - 1])))
      }

      // Slow enough for frames from before, which are 0.25 s apart; raw ones become JPEG.
      let before = album.folder + "/before"
      result = try Executable.mmrlRun.run(
        options.dropLast() + [
          before, "--pre-roll", "20s", "--interval", "0.3", "--save-limit", "3", "--stream",
          try album.file("s.rgb", [x, x, x, y].flatMap(LiveFrames.raw)), "--raw",
          LiveFrames.rawFormat, "--every-frame",
        ])
      #expect(result.status == 0, "\(result.messages)")
      #expect(try records(before).map(\.kept.kept) == [["pre-roll"], ["pre-roll"], ["change"]])

      // Another run lists what there is, and adds to it.
      let token = "0123456789abcdef"
      let run = try LiveRun(
        album,
        ["--save", folder, "--serve", "127.0.0.1:0", "--token", token, "--every-frame"])
      let address = #/serving at http://127\.0\.0\.1:([0-9]+)//#
      try run.wait(for: "an address") { run.messages.contains(address) }
      let port = Int(try #require(run.messages.firstMatch(of: address)).1)
      try run.send(LiveFrames.jpeg(y))
      try run.records(1)
      func history() throws -> [[String: Any]] {
        let answer = try Client(port: try #require(port)).get(
          "/history", headers: ["Host: localhost", "Authorization: Bearer \(token)"])
        let object = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return object?["changes"] as? [[String: Any]] ?? []
      }
      try run.wait(for: "four changes") { try history().count == 4 }
      #expect(try history().map { $0["sequence"] as? Int } == [1, 6, 4, 1])
      #expect(try history().allSatisfy { $0["picture"] as? Bool == true })
      let picture = try Client(port: try #require(port)).get(
        "/history/picture?id=2", headers: ["Host: localhost", "Authorization: Bearer \(token)"])
      #expect(picture.body == (try LiveFrames.jpeg(y)))
      try run.wait(for: "a fourth picture") { try pictures(folder) == 4 }
      // A second program would be in the way of this one.
      result = try Executable.mmrlRun.run(options + ["--stream", path])
      #expect(result.status == 2 && result.messages.contains("another program"))
      run.signal(SIGKILL)
      _ = try run.end()
      #expect(try records(folder).count == 4)
    }
  }

  @Test("A folder that goes while it runs costs pictures, not answers")
  func folderGone() throws {
    try Album.with(LiveFrames.model) { album in
      let (x, y) = try pair(album)
      let folder = album.folder + "/saved"
      let run = try LiveRun(
        album, ["--save", folder, "--save-when", "random=1", "--every-frame"])
      try run.send(LiveFrames.jpeg(x))
      try run.records(1)
      try run.wait(for: "a picture") { try pictures(folder) == 1 }
      try FileManager.default.removeItem(atPath: folder)
      for index in 2...9 {
        try run.send(LiveFrames.jpeg(index % 2 == 0 ? y : x))
        try run.records(index)
      }
      run.endStream()
      let result = try run.end()
      #expect(result.status == 0 && result.lines.count == 9)
      #expect(result.messages.split(separator: "\n").count { $0.contains("No such file") } == 1)
      #expect(result.messages.contains("1 picture kept, 8 passed over"))
    }
  }

  @Test("Unsure answers are kept by a bound of one's own, and nothing without --save")
  func unsure() throws {
    try Album.with(LiveFrames.model) { album in
      let (x, y) = try pair(album)
      let path = try album.file("s.mjpg", [x, y].flatMap { try LiveFrames.jpeg($0) })
      func run(_ when: String...) throws -> [[String]] {
        let folder = album.folder + "/" + when.joined()
        let result = try Executable.mmrlRun.run(
          [
            "--model", album.model, "--hysteresis", "0", "--stream", path, "--every-frame",
            "--save", folder,
          ]
            + when.flatMap { ["--save-when", $0] })
        #expect(result.status == 0, "\(result.messages)")
        return try records(folder).map(\.kept.kept)
      }
      #expect(try run("unsure=1") == [["unsure"]])
      #expect(try run("unsure=0.000001") == [])
      #expect(
        try run("change", "every=9s", "random=1") == [
          ["change", "every", "random"], ["change", "random"],
        ])
    }
  }

  @Test(
    arguments: [
      (["--save-when", "change"], "is about --save"), (["--pre-roll", "2s"], "is about --save"),
      (["--save-limit", "9"], "is about --save"), (["--save", ""], "name of a folder"),
      (["--save", "x", "--save-when", "never"], "every=30s"),
      (["--save", "x", "--save-when", "every=0s"], "seconds"),
      (["--save", "x", "--save-when", "random=2"], "share"),
      (["--save", "x", "--save-when", "unsure=0"], "score"),
      (["--save", "x", "--save-limit", "0"], "500MB"),
      (["--save", "x", "--save-limit", "1KB"], "500MB"),
      (["--save", "x", "--save-limit", "99999999999GB"], "500MB"),
      (["--save", "x", "--pre-roll", "99s"], "30s"),
      (["--save", "x", "--save-limit", "9", "--save-limit", "8"], "one --save-limit"),
      (["--save", "x", "--save-when", "unsure", "--save-when", "unsure=0.8"], "one --save-when"),
      (["--save", "x", "--save-when", "every=1s", "--pre-roll", "1s"], "change or unsure"),
    ] as [([String], String)])
  func wrongUsage(options: [String], what: String) throws {
    let result = try Executable.mmrlRun.run(["--stream", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.messages.replacing("\n", with: " ").contains(what), "\(result.messages)")
    for others in [["a.jpg"], ["--serve", "127.0.0.1:0"]] {
      let without = try Executable.mmrlRun.run(others + ["--save", "x"])
      #expect(without.status == 64 && without.messages.contains("--camera or a --stream"))
    }
  }

  @Test("The help names the rarely used options where it is asked for")
  func help() throws {
    let short = try Executable.mmrlRun.run(["--help"], environment: ["COLUMNS": "80"])
    #expect(short.lines.contains { $0.contains("--save <folder>") })
    #expect(!short.output.contains("--save-when"))
    let long = try Executable.mmrlRun.run(["--help-hidden"]).output
    #expect(["--save-when", "--save-limit", "--pre-roll"].allSatisfy(long.contains))
  }

  @Test("A folder that cannot be used is an error at the start")
  func unusable() throws {
    try Album.with(LiveFrames.model) { album in
      let path = try album.file("s.mjpg", LiveFrames.jpeg(0))
      for folder in [path, album.folder + "/a/b"] {
        let result = try Executable.mmrlRun.run([
          "--model", album.model, "--stream", path, "--save", folder,
        ])
        #expect(result.status == 2 && result.messages.contains(folder) && result.output.isEmpty)
      }
    }
  }
}
