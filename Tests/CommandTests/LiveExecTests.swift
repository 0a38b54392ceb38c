import Foundation
import TestSupport
import Testing

@Suite("mmrl-run --exec")
struct LiveExecTests {
  /// Lines of a file that commands write to.
  private func lines(_ path: String) -> [String] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Whether a process is there and not only waiting to be taken note of.
  private func isAlive(_ identifier: String) -> Bool {
    let status = lines("/proc/\(identifier)/status").first { $0.hasPrefix("State:") }
    return status.map { !$0.contains("Z") && !$0.contains("X") } ?? false
  }

  @Test("Commands learn of a change from the environment and from the record on stdin")
  func oneByOne() throws {
    try Album.with(LiveFrames.model) { album in
      let log = album.folder + "/log"
      let command = """
        echo "$MMRL_SET|$MMRL_PREVIOUS|$MMRL_LABEL|$MMRL_HEAD|$MMRL_SCORE|$MMRL_CAMERA|$MMRL_SEQUENCE|\
        $MMRL_TIME|$(cat)" >>'\(log)'; echo said
        """
      let run = try LiveRun(
        album, "--raw", LiveFrames.rawFormat, "--every-frame", "--hysteresis", "0", "--exec",
        command)
      var told: String?
      var expected = 0
      var sets: Set<String> = []
      for index in 0..<12 {
        try run.send(LiveFrames.raw(index))
        let record = try #require(try run.records(index + 1).last)
        let best = try record.best()
        guard best.label != told else { continue }
        expected += 1
        try run.wait(for: "\(expected) commands") { lines(log).count >= expected }
        let line = try #require(lines(log).last)
        let parts = line.split(separator: "|", maxSplits: 8, omittingEmptySubsequences: false)
        #expect(parts.prefix(4).map(String.init) == [best.set, told ?? "", best.label, best.head])
        let score = try #require(Float(parts[4]))
        #expect(abs(score - best.score) <= 0.0001)
        #expect(parts[5] == album.folder + "/stream")
        #expect(parts[6] == "\(record.sequence)")
        #expect(parts[7].hasSuffix("Z") && parts[7].count == record.time.count)
        #expect(try LiveJSON(String(parts[8])).labels == record.labels)
        told = best.label
        sets.insert(best.set)
      }
      #expect(expected > 4 && sets.count == 2, "the images are such that labels change")
      run.endStream()
      let result = try run.end()
      #expect(result.status == 0)
      #expect(lines(log).count == expected)
      #expect(result.lines.count == 12, "what commands print is not among the records")
      #expect(result.messages.contains("said\n"))
      #expect(result.messages.contains("--exec: \(expected) commands run, 0 failed"))
    }
  }

  @Test("A command that runs holds nothing up, and ends with the program")
  func neverWaited() throws {
    try Album.with { album in
      let log = album.folder + "/log"
      let run = try LiveRun(
        album, "--raw", LiveFrames.rawFormat, "--every-frame", "--hysteresis", "0",
        "--exec-limit", "3600", "--exec", "echo $$ >>'\(log)'; exec sleep 3600")
      for index in 0..<10 {
        try run.send(LiveFrames.raw(index))
        try run.records(index + 1)
      }
      try run.wait(for: "a command") { !lines(log).isEmpty }
      let command = try #require(lines(log).first)
      #expect(isAlive(command))
      #expect(lines(log).count == 1)
      run.signal(SIGTERM)
      let result = try run.end()
      #expect(result.status == 0 && result.reason == .exit)
      #expect(result.messages.contains("--exec: 1 commands run, 0 failed"))
      #expect(!isAlive(command))
    }
  }

  @Test("A command has none of our files, and leaves none behind, nor a process")
  func nothingIsLeft() throws {
    try Album.with(LiveFrames.model) { album in
      let log = album.folder + "/log"
      let run = try LiveRun(
        album, "--raw", LiveFrames.rawFormat, "--every-frame", "--hysteresis", "0",
        "--serve", "127.0.0.1:0", "--exec", "ls /proc/$$/fd; echo done >>'\(log)'")
      func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.identifier)/fd").count
      }
      func children() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc")
          .filter { lines("/proc/\($0)/status").contains("PPid:\t\(run.identifier)") }.count
      }
      var count = 0
      for index in 0..<40 {
        try run.send(LiveFrames.raw(index % 12))
        try run.records(index + 1)
        if index == 0 {
          try run.wait(for: "the first commands") { try lines(log).count == 1 && children() == 0 }
          count = try descriptors()
        }
      }
      try run.wait(for: "the end of all commands") { try children() == 0 }
      #expect(lines(log).count > 4)
      // What a command prints is among the messages; without a redirection, for which the shell may keep files open.
      let numbers = run.messages.split(separator: "\n").filter { $0.allSatisfy(\.isNumber) }
      #expect(Set(numbers) == ["0", "1", "2"])
      try run.wait(for: "no more descriptors than before") { try descriptors() <= count }
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }
}
