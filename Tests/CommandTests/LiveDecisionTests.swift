import Foundation
import TestSupport
import Testing

@Suite("mmrl-run's decisions over time")
struct LiveDecisionTests {
  @Test(
    "A table tells changes, other formats every frame, unless told otherwise",
    arguments: [
      ([], 5), (["--format", "csv"], 1 + 5 * 5), (["--on-change"], 1), (["--format", "table"], 1),
      (["--format", "table", "--no-on-change"], 5),
    ] as [([String], Int)])
  func defaults(_ arguments: [String], _ count: Int) throws {
    try Album.with { album in
      let path = try album.file("same.mjpg", (0..<5).flatMap { _ in try LiveFrames.jpeg(1) })
      let result = try Executable.mmrlRun.run(
        ["--model", album.model, "--stream", path] + arguments)
      #expect(result.lines.count == count)
    }
  }

  @Test("The options about time come through the command line")
  func wiring() throws {
    try Album.with(LiveFrames.model) { album in
      let alone = try album.classify(0..<3).frames
      let first = try alone[0].best()
      let forever = try album.classify(0..<3, "--smooth", "900000").frames
      let kept = try #require(forever[2].labels.first { $0.label == first.label })
      #expect(abs(kept.score - first.score) < 1e-3)

      let start = ContinuousClock.now
      #expect(try album.classify(0..<3, "--interval", "0.25").frames.count == 3)
      #expect(ContinuousClock.now - start >= .milliseconds(500))

      let still = try album.classify([1, 1, 2], "--skip-still")
      #expect(try still.frames.map(\.sequence) == [1, 3])
      #expect(still.messages.contains("1 still ones skipped"))

      // From an image to another one with another label and back, so slowly that no label is clear between.
      let images = try album.classify(0..<12).frames
      let other = try #require(
        try (1..<12).first {
          try images[$0].best().label != images[$0 - 1].best().label
        })
      let fading = (0...40).flatMap { step -> [UInt8] in
        let share = min(step, 40 - step)
        return zip(LiveFrames.raw(other - 1), LiveFrames.raw(other)).map {
          UInt8((Int($0) * (20 - share) + Int($1) * share) / 20)
        }
      }
      let path = try album.file("fading.rgb", fading)
      let told = try ["0", "0.5"].map { margin in
        try album.run(
          "--stream", path, "--raw", LiveFrames.rawFormat, "--on-change", "--hysteresis", margin
        ).frames.map(\.sequence)
      }
      #expect(told[0].count > 1 && told[0].count < 41)
      #expect(told[0] != told[1])
    }
  }

  /// Two images that the album's model answers by different labels: their numbers and answers.
  private func pair(
    _ album: Album
  ) throws -> (images: (Int, Int), answers: (JSONAnswer, JSONAnswer)) {
    let answers = try album.classify(0..<12).frames.map { try $0.best() }
    let other = try #require(answers.firstIndex { $0.label != answers[0].label })
    return ((0, other), (answers[0], answers[other]))
  }

  @Test("An answer that has to hold is told with the frame with which it has")
  func hold() throws {
    try Album.with(LiveFrames.model) { album in
      let (x, y) = try pair(album).images
      func told(_ hold: String) throws -> [Int] {
        let result = try album.classify(
          [x, x, y, x, y, y, y, x], "--on-change", "--hysteresis", "0", "--hold", hold)
        #expect(result.status == 0, "\(result.messages)")
        return try result.frames.map(\.sequence)
      }
      #expect(try told("1") == [1, 3, 4, 5, 8])
      #expect(try told("2") == [2, 6])
      #expect(try told("3") == [7])
      #expect(try told("900s").isEmpty)
    }
  }

  @Test("What is ignored is told of in records only, not as a change nor to a command")
  func ignored() throws {
    try Album.with(LiveFrames.model) { album in
      let ((x, y), answers) = try pair(album)
      let log = album.folder + "/log"
      let arguments = ["--hysteresis", "0", "--ignore", answers.0.label.uppercased()]
      let path = try album.file("s.rgb", [x, y, x, y].flatMap(LiveFrames.raw))
      func run(_ more: String...) throws -> [LiveJSON] {
        let result = try album.run(
          ["--stream", path, "--raw", LiveFrames.rawFormat] + arguments + more)
        #expect(result.status == 0, "\(result.messages)")
        return try result.frames
      }
      #expect(try run("--on-change").map(\.sequence) == [2])
      let command = "echo \"$MMRL_PREVIOUS|$MMRL_LABEL|$MMRL_SEQUENCE\" >>'\(log)'"
      let all = try run("--exec", command)
      #expect(all.map(\.answer?.label).prefix(2) == [answers.0.label, answers.1.label])
      #expect(try String(contentsOfFile: log, encoding: .utf8) == "|\(answers.1.label)|2\n")
    }
  }

  @Test("A label below its threshold is unknown: in records, as a change, to a command")
  func threshold() throws {
    try Album.with(LiveFrames.model) { album in
      let ((x, y), answers) = try pair(album)
      let log = album.folder + "/log"
      let name = answers.1.label.uppercased().replacing(" ", with: "_")
      func options(_ difference: Float) -> [String] {
        ["--hysteresis", "0", "--threshold", "\(name)=\(answers.1.score + difference)"]
      }
      let path = try album.file("s.rgb", [x, y, x].flatMap(LiveFrames.raw))
      func run(_ more: [String]) throws -> [LiveJSON] {
        try album.run(["--stream", path, "--raw", LiveFrames.rawFormat] + more).frames
      }
      #expect(try run(options(-0.001)).allSatisfy { $0.answer != nil })
      let records = try run(options(0.001))
      #expect(records.map(\.answer?.label) == [answers.0.label, nil, answers.0.label])
      #expect(records.map(\.unknown) == [nil, true, nil])
      #expect(records[1].labels.first?.label == answers.1.label)
      #expect(try run(options(0.001) + ["--on-change"]).map(\.sequence) == [1, 2, 3])
      let quiet = try run(options(0.001) + ["--on-change", "--ignore", "unknown"])
      #expect(quiet.map(\.sequence) == [1])

      let command = "echo \"$MMRL_SET|$MMRL_PREVIOUS|$MMRL_LABEL|$MMRL_SCORE\" >>'\(log)'"
      let frames = try LiveRun(
        album,
        ["--raw", LiveFrames.rawFormat, "--every-frame", "--exec", command] + options(0.001))
      for (index, image) in [x, y].enumerated() {
        try frames.send(LiveFrames.raw(image))
        try frames.wait(for: "a command") {
          let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
          return text.count { $0 == "\n" } > index
        }
      }
      frames.endStream()
      #expect(try frames.end().status == 0)
      let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
      let parts = try #require(lines.last).split(separator: "|", omittingEmptySubsequences: false)
      #expect(parts.prefix(3) == ["none", answers.0.label[...], "unknown"])
      let told = Float(parts[3])
      #expect((told == nil) == (records[1].unknown_score == nil))
      #expect(abs((told ?? 0) - (records[1].unknown_score ?? 0)) < 0.0001)
    }
  }

  @Test("A label below its threshold is unknown in records of files, too")
  func thresholdOfFiles() throws {
    try Album.with(LiveFrames.model) { album in
      try album.add("a.jpg", LiveFrames.jpeg(pair(album).images.1))
      let records = try album.run("--format", "jsonl", album.photos).records
      let file = try #require(records.first?.answer)
      for (limit, isAnswered) in [(file.score / 2, true), ((file.score + 1) / 2, false)] {
        let option = "\(file.label)=\(limit)"
        let record = try #require(
          try album.run("--format", "jsonl", "--threshold", option, album.photos).records.first)
        #expect((record.answer != nil) == isAnswered && (record.unknown != true) == isAnswered)
      }
      let table = try album.run("--threshold", "\(file.label)=1", album.photos)
      #expect(table.lines.last?.contains("unknown") == true)
    }
  }
}
