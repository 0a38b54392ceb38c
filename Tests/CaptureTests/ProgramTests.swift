import Foundation
import TestSupport
import Testing

extension DriverTests {
  /// mmrl-run itself on cameras: what it prints, and how it ends.
  @Suite struct ProgramTests {
    private let mode = ["--size", "320x180", "--pixel-format", "YUYV"]

    @Test func recordsTellFrameAgeDropsAndHeads() throws {
      try Guest.makeWebcam()
      let files = "/tmp/mmrl-run.files"
      let program = try Program(
        ["--camera", "/dev/video0", "--exec", "ls -l /proc/$$/fd >\(files); true"] + mode)
      let records = try program.records(20)
      for record in records {
        #expect(record.source == "/dev/video0")
        #expect(record.age_ms > 0 && record.age_ms + 0.1 >= record.ms)
        #expect(record.faults.isEmpty)
        #expect(
          record.time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        #expect(
          Set(record.labels.map { "\($0.set) \($0.head)" }) == ["known fusion", "novel class"])
      }
      for (last, next) in zip(records, records.dropFirst()) {
        #expect(next.sequence == last.sequence + next.dropped + 1)
      }
      #expect(program.messages.contains("320x180 YUYV"))
      program.signal(SIGTERM)
      #expect(program.end() == 0)
      let text = try String(contentsOfFile: files, encoding: .utf8)
      #expect(text.contains("record") && !text.contains("video"))
    }

    /// No frame is due for an hour: the signal alone ends it.
    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsIt(_ number: Int32) throws {
      try Guest.makeWebcam()
      let program = try Program(["--camera", "/dev/video0", "--interval", "3600"] + mode)
      _ = try program.records(1)
      program.signal(number)
      #expect(program.end() == 0)
      #expect(try program.records(1).count == 1)
      #expect(program.messages.contains("/dev/video0: 1 frame classified"))
    }

    @Test func unplugAndReplugAreSeenInTheOutput() throws {
      try Guest.makeWebcam()
      let program = try Program(["--camera", "/dev/video0"] + mode)
      _ = try program.records(3)
      let driver = "/sys/bus/platform/drivers/vivid"
      try Guest.run("sh", "-c", "echo vivid.0 >\(driver)/unbind")
      try program.wait(for: "the end of the camera") { program.messages.contains("disconnected") }
      try Guest.run("sh", "-c", "echo vivid.0 >\(driver)/bind")
      let count = try program.records(1).count
      try program.wait(for: "records after it") {
        try program.records(count).contains { $0.faults["reconnects"] == 1 }
      }
      let last = try #require(try program.records(count).last)
      #expect(last.faults == ["disconnected": 1, "reconnects": 1])
      let lines = program.messages.split(separator: "\n")
      #expect(lines.count { $0.contains("disconnected") } == 1)
      #expect(lines.count { $0.contains("back after") } == 1)
      program.signal(SIGTERM)
      #expect(program.end() == 0)
    }

    @Test func twoCamerasShareFairly() throws {
      try Guest.makeWebcam("n_devs=2", "node_types=0x1,0x1")
      let program = try Program(
        ["--camera", "/dev/video0", "--camera", "/dev/video1"] + mode)
      let all = try program.records(10)
      // From when both are there.
      try program.wait(for: "both") {
        try Set(program.records(1).map(\.source)).count == 2
      }
      let start = try program.records(all.count).count
      let records = try program.records(start + 100).dropFirst(start).prefix(100)
      let counts = ["/dev/video0", "/dev/video1"].map { name in
        records.count { $0.source == name }
      }
      print("records of two cameras: \(counts)")
      #expect(Double(counts.min() ?? 0) >= 0.8 * Double(counts.max() ?? 0), "\(counts)")
      program.signal(SIGTERM)
      #expect(program.end() == 0)
    }

    @Test func aFileThatMayNotBeWrittenIsNoCamera() throws {
      let folder = "/tmp/read-only"
      try Guest.run("mkdir", "-p", folder)
      try Guest.run("/bin/busybox", "mount", "-t", "tmpfs", "none", folder)
      defer { try? Guest.run("/bin/busybox", "umount", folder) }
      try Guest.run("cp", fixturePath("red.jpg"), "\(folder)/red.jpg")
      try Guest.run("/bin/busybox", "mount", "-o", "remount,ro", "none", folder)
      let program = try Program(["--camera", "\(folder)/red.jpg"])
      #expect(program.end() == 2)
      #expect(program.messages.contains("not a camera but a file (--stream reads files)"))
    }
  }
}

/// mmrl-run at work, with its output in files.
private final class Program {
  private static let output = "/tmp/mmrl-run.out"
  private static let errors = "/tmp/mmrl-run.err"
  /// Beyond this it hangs; nothing is measured by it.
  private static let timeout = 60.0
  private let companion: Companion

  /// Starts it with the small model of the tests.
  init(_ arguments: [String]) throws {
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    let path = tests.deletingLastPathComponent().appendingPathComponent("mmrl-run").path
    for path in [Self.output, Self.errors] { try? FileManager.default.removeItem(atPath: path) }
    companion = try Guest.start(
      ["sh", "-c", "exec \"$@\" >\(Self.output) 2>\(Self.errors)", "sh", path]
        + ["--model", TinyCLIP.model] + arguments)
  }

  private func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }

  var messages: String { text(Self.errors) }

  struct NotSeen: Error, CustomStringConvertible { var description: String }

  /// Waits for something to become true.
  func wait(for what: String, until condition: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(Self.timeout)
    while try !condition() {
      guard Date() < end else { throw NotSeen(description: "not seen: \(what); \(messages)") }
      usleep(50_000)
    }
  }

  /// Waits until there are so many records; all that there are then.
  func records(_ count: Int) throws -> [LiveJSON] {
    var lines: [Substring] = []
    try wait(for: "\(count) records") {
      let text = text(Self.output)
      // The last line may not be whole yet.
      lines = text[..<(text.lastIndex(of: "\n") ?? text.startIndex)].split(separator: "\n")
      return lines.count >= count
    }
    return try lines.map { try LiveJSON($0) }
  }

  func signal(_ number: Int32) { kill(companion.identifier, number) }

  /// Its exit status.
  func end() -> Int32 { companion.wait() }
}
