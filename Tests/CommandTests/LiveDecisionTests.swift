import Foundation
import TestSupport
import Testing

@Suite("mmrl-run's decisions over time")
struct LiveDecisionTests {
  /// Which records change a label, by the rule alone: all labels are listed.
  private func changes(_ records: [LiveJSON], margin: Float) throws -> [Int] {
    var decided: [String: String] = [:]
    var sequences: [Int] = []
    for record in records {
      var hasChanged = false
      for set in ["known", "novel"] {
        let best = try record.best(set)
        let old = record.labels.first { $0.set == set && $0.label == decided[set] }
        if let old, old.label == best.label || best.score < old.score + margin { continue }
        decided[set] = best.label
        hasChanged = true
      }
      if hasChanged { sequences.append(record.sequence) }
    }
    return sequences
  }

  @Test("--on-change tells changes only, --hysteresis those by a margin, however few are listed")
  func onChange() throws {
    try Album.with { album in
      // From a picture to another one with another label and back, so slowly that no label is clear between.
      let pictures = try album.classify(0..<12).frames
      let other = try #require(
        try (1..<12).first {
          try pictures[$0].best("novel").label != pictures[$0 - 1].best("novel").label
        })
      let frames = (0...40).flatMap { step in
        let share = min(step, 40 - step)
        return zip(LiveFrames.raw(other - 1), LiveFrames.raw(other)).map {
          UInt8((Int($0) * (20 - share) + Int($1) * share) / 20)
        }
      }
      let path = try album.file("slow.rgb", frames)
      func classify(_ arguments: String...) throws -> [LiveJSON] {
        try Executable.mmrlRun.run(
          ["--model", album.model, "--stream", path, "--raw", LiveFrames.rawFormat] + arguments
        ).frames
      }
      let all = try classify()
      #expect(all.count == 41)
      var told: Set<[Int]> = []
      for margin in ["0", "0.05", "0.5"] {
        let expected = try changes(all, margin: try #require(Float(margin)))
        for top in ["1", "5"] {
          let records = try classify("--on-change", "--hysteresis", margin, "--top", top)
          #expect(records.map(\.sequence) == expected, "margin \(margin), top \(top)")
        }
        told.insert(expected)
      }
      // The pictures are such that all of this matters.
      #expect(told.count > 1 && told.contains { $0.count > 2 && $0.count < 41 }, "\(told)")
    }
  }

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

  @Test("--smooth halves the weight of a score by time, whatever the number of frames")
  func smoothing() throws {
    try Album.with { album in
      let halfLife = 1.0
      let alone = try album.classify(0..<2).frames
      let run = try LiveRun(
        album, "--raw", LiveFrames.rawFormat, "--every-frame", "--smooth", "\(halfLife)")
      let start = ContinuousClock.now
      try run.send(LiveFrames.raw(0))
      try run.records(1)
      Thread.sleep(forTimeInterval: 0.4)
      try run.send(LiveFrames.raw(1))
      let smooth = try run.records(2)
      let longest = (ContinuousClock.now - start) / .seconds(1)
      // How much of the first frame is left: from the label whose scores differ most.
      let shares = alone[1].labels.map { second in
        let first = alone[0].labels.first { $0.label == second.label }?.score ?? 0
        let now = smooth[1].labels.first { $0.label == second.label }?.score ?? 0
        return (
          difference: first - second.score, kept: (now - second.score) / (first - second.score)
        )
      }
      let share = try #require(shares.max { abs($0.difference) < abs($1.difference) })
      #expect(abs(share.difference) > 0.05)
      #expect(share.kept <= Float(exp2(-0.4 / halfLife)) + 0.001)
      #expect(share.kept >= Float(exp2(-longest / halfLife)) - 0.001)

      // Two extremes need no clock: the first frame for ever, and the last alone.
      let forever = try album.classify(0..<3, "--smooth", "900000").frames
      let first = try alone[0].best()
      let kept = try #require(forever[2].labels.first { $0.label == first.label })
      #expect(abs(kept.score - first.score) < 1e-3)
    }
  }

  @Test("--interval lets time pass between two frames that are classified")
  func interval() throws {
    try Album.with { album in
      let start = ContinuousClock.now
      let result = try album.classify(0..<4, "--interval", "0.25")
      #expect(ContinuousClock.now - start >= .milliseconds(750))
      #expect(try result.frames.map(\.sequence) == [1, 2, 3, 4])
    }
  }

  @Test("--skip-still leaves pictures out that show nothing new, noise aside, and says how many")
  func skipStill() throws {
    try Album.with { album in
      let still = LiveFrames.raw(1)
      let noisy = still.enumerated().map { UInt8(clamping: Int($1) + [-2, 0, 2][$0 % 3]) }
      var moved = still
      for y in 14..<26 {
        for x in 18..<30 {
          for channel in 0..<3 { moved[(y * LiveFrames.width + x) * 3 + channel] ^= 0x40 }
        }
      }
      let frames = still + still + noisy + moved + moved + noisy
      let path = try album.file("s.rgb", frames)
      let arguments = ["--model", album.model, "--stream", path, "--raw", LiveFrames.rawFormat]
      let result = try Executable.mmrlRun.run(arguments + ["--skip-still"])
      #expect(try result.frames.map(\.sequence) == [1, 4, 6])
      #expect(result.messages.contains("3 frames classified"))
      #expect(result.messages.contains("3 still ones skipped (50.0 % of the work)"))
      let all = try Executable.mmrlRun.run(arguments)
      #expect(try all.frames.count == 6)
      #expect(!all.messages.contains("still"))
    }
  }
}
