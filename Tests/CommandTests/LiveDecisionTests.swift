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
}
