import Basics
import Classification
import Foundation
import Glibc
import Live
import Testing
import TestSupport

@Suite("What a command is told")
struct ChangeQueueTests {
  private static let novel = LabelSet(kind: .novel, labels: ["x", "y"], head: .class)

  private func told(_ queue: inout ChangeQueue) -> [String] {
    var told: [String] = []
    while let (change, previous) = queue.next() {
      told.append("\(previous ?? "-") \(change.answer.text)")
    }
    return told
  }

  @Test("Of changes that wait the newest counts, for each source, in its place")
  func newestWins() {
    var queue = ChangeQueue()
    queue.add(Made.answer("a"), Made.record(1), source: 0)
    queue.add(Made.answer("x", set: Self.novel), Made.record(1), source: 2)
    queue.add(Made.answer("a"), Made.record(1), source: 1)
    queue.add(Made.answer("b"), Made.record(2), source: 0)
    queue.add(Made.answer("c"), Made.record(3), source: 0)
    #expect(queue.passedOver == 2)
    #expect(told(&queue) == ["- c", "- x", "- a"])
    queue.add(Made.answer("a"), Made.record(4), source: 0)
    #expect(told(&queue) == ["c a"])
  }

  @Test("Back to what was told last there is nothing to tell")
  func backAgain() {
    var queue = ChangeQueue()
    queue.add(Made.answer("a"), Made.record(1), source: 0)
    #expect(told(&queue) == ["- a"])
    queue.add(Made.answer("b"), Made.record(2), source: 0)
    queue.add(Made.answer("a"), Made.record(3), source: 0)
    #expect(queue.isEmpty)
    #expect(queue.passedOver == 1)
  }
}

@Suite("Running commands")
struct CommandRunnerTests {
  /// Runs a command for changes to these labels, given at once; what it wrote to $LOG and what was said.
  private func run(
    _ command: String, _ labels: [String], limit: Double = 60, score: Float? = 0.75,
    isInterrupted: () -> Bool = { false }
  ) throws -> (log: [String], said: [String]) {
    var said: [String] = []
    var log: [String] = []
    try withTemporaryDirectory { folder in
      let path = "\(folder)/log"
      let runner = CommandRunner(
        "exec 3>>'\(path)'; \(command)", limit: limit, wake: try WakePipe()
      ) { said.append($0) }
      for (index, label) in labels.enumerated() {
        #expect(
          runner.take(
            Made.record(index), of: 0,
            change: label == Answer.unknownText ? .unknown(score) : Made.answer(label)))
      }
      runner.finish([], isInterrupted: isInterrupted)
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      log = text.split(separator: "\n").map(String.init)
    }
    return (log, said)
  }

  @Test("It finds the change in its environment and the record on stdin")
  func environment() throws {
    let command = """
      echo "$MMRL_SET|$MMRL_PREVIOUS|$MMRL_LABEL|$MMRL_HEAD|$MMRL_SCORE|$MMRL_CAMERA|$MMRL_SEQUENCE" >&3
      echo "$MMRL_TIME" >&3; cat >&3
      """
    let (log, said) = try run(command, ["a"])
    #expect(
      log == [
        "known||a|fusion|0.9000|cam|0", "1970-01-01T00:00:00.000Z", Made.record(0).json,
      ])
    #expect(said == ["1 commands run, 0 failed, 0 changes passed over for newer ones"])
  }

  @Test("Where no label fits, a command learns of that")
  func unknown() throws {
    let (log, _) = try run(
      "echo \"$MMRL_SET|$MMRL_PREVIOUS|$MMRL_LABEL|$MMRL_HEAD|$MMRL_SCORE\" >&3", ["unknown"])
    #expect(log == ["none||unknown||0.7500"])
  }

  @Test("Where the model has no unknown score, there is none in the environment")
  func unknownWithoutScore() throws {
    let command = "echo \"$MMRL_SET|$MMRL_LABEL|$MMRL_SCORE|\" >&3"
    let (log, _) = try run(command, ["unknown"], score: nil)
    #expect(log == ["none|unknown||"])
  }

  @Test("One runs at a time; of changes meanwhile the newest counts")
  func newestWins() throws {
    let (log, said) = try run(
      "sleep 0.2; echo \"$MMRL_PREVIOUS $MMRL_LABEL\" >&3", ["a", "b", "c"])
    #expect(log == [" a", "a c"])
    #expect(said == ["2 commands run, 0 failed, 1 changes passed over for newer ones"])
  }

  @Test(
    "No label is understood by the shell",
    arguments: [
      "$(echo no >&3)", "`echo no >&3`; echo no >&3", "'\"; echo no >&3; echo \\| * & cat",
    ])
  func hostileLabels(label: String) throws {
    #expect(try run("printf '%s\\n' \"$MMRL_LABEL\" >&3", [label]).log == [label])
  }

  @Test("A failure is said once, and counted")
  func failures() throws {
    #expect(
      try run("exit 7", ["a", "b"]).said == [
        "the command ended with status 7",
        "2 commands run, 2 failed, 0 changes passed over for newer ones",
      ])
    #expect(try run("kill -9 $$", ["a"]).said.first == "the command was ended by signal 9")
  }

  @Test("A command that takes too long is ended, with all that it has started")
  func limit() throws {
    let (log, said) = try run(
      "(trap '' TERM; sleep 1000) & echo $! >&3; echo $$ >&3; sleep 1000", ["a"], limit: 1)
    #expect(said.first == "the command took more than 1.0 s and was ended")
    #expect(log.count == 2)
    for process in log.compactMap({ pid_t($0) }) {
      // What was killed needs a moment to be gone.
      for _ in 0..<1000 where Self.isAlive(process) { usleep(10_000) }
      #expect(!Self.isAlive(process))
    }
  }

  @Test("An interruption ends the command that runs, and starts none that waits")
  func interruption() throws {
    let (log, said) = try run("echo \"$MMRL_LABEL\" >&3; sleep 1000", ["a", "b"]) { true }
    #expect(log.isEmpty || log == ["a"])
    #expect(said == ["1 commands run, 0 failed, 0 changes passed over for newer ones"])
  }

  /// Whether a process is there and not only waiting to be taken note of.
  private static func isAlive(_ process: pid_t) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let state = status.split(separator: "\n").first { $0.hasPrefix("State:") }
    return state.map { !$0.contains("Z") && !$0.contains("X") } ?? false
  }
}
