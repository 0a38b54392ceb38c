import Capture
import Glibc

/// Runs the user's command when a label changes.
///
/// One at a time, and nothing here waits. While one runs, of each source and set only the newest change is kept.
final class LiveActions: LiveSink {
  /// Between the wish that a command ends and its end by force.
  private static let grace = 0.5

  private struct Subject: Hashable {
    var source: Int
    var set: String
  }

  private struct Action {
    var subject: Subject
    var label: String
    var variables: [(name: String, value: String)]
    /// The record as JSON.
    var input: String
  }

  private struct Running {
    var command: ShellCommand
    var isOverdue = false
    var isToldToEnd = false
    /// When to do something about it.
    var deadline: MonotonicTime
  }

  private let text: String
  private let limit: Double
  private let wake: WakePipe
  private var running: Running?
  /// Changes to act on, at most one of a subject, the oldest first.
  private var pending: [Action] = []
  /// What the last command about a subject was told.
  private var told: [Subject: String] = [:]
  private var repeats = LiveRepeats<String>()
  private var runs = 0
  private var failures = 0
  private var passedOver = 0

  /// Runs `text`, for `limit` seconds at most; `wake` wakes who calls `step`.
  init(_ text: String, limit: Double, wake: WakePipe) {
    self.text = text
    self.limit = limit
    self.wake = wake
  }

  func take(_ result: LiveResult) -> Bool {
    for label in result.changes {
      let subject = Subject(source: result.index, set: label.set)
      let old = pending.firstIndex { $0.subject == subject }
      if let old {
        pending.remove(at: old)
        passedOver += 1
      }
      // Back to what the last command was told: then there is nothing to tell.
      guard told[subject] != label.label else { continue }
      let record = result.record(dropped: result.info.dropped)
      let action = Action(
        subject: subject, label: label.label, variables: Self.variables(label, result),
        input: JSONLines().line(for: record))
      pending.insert(action, at: old ?? pending.count)
    }
    step()
    return true
  }

  /// When `step` should be called even though nothing woke.
  var deadline: MonotonicTime? { running?.deadline }

  /// Takes note of a command's end, ends one that takes too long, starts the next.
  func step() {
    if let command = running?.command, let ending = command.end() {
      note(ending)
      running = nil
    }
    if let deadline = running?.deadline, deadline <= .now {
      if running?.isToldToEnd == false { running?.isOverdue = true }
      stopRunning()
    }
    while running == nil, !pending.isEmpty { start(pending.removeFirst()) }
  }

  /// Ends: lets commands run to their ends, or ends them once `isInterrupted`.
  func finish(isInterrupted: () -> Bool) {
    while running != nil || !pending.isEmpty {
      if isInterrupted() {
        pending = []
        if running?.isToldToEnd == false { stopRunning() }
      }
      step()
      guard let deadline else { continue }
      var woken = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&woken, 1, deadline.pollTimeout)
      wake.clear()
    }
  }

  /// The end's account.
  var summary: String {
    "--exec: \(runs) commands run, \(failures) failed, \(passedOver) changes passed over for newer ones"
  }

  private static func variables(
    _ label: ScoredLabel, _ result: LiveResult
  ) -> [(name: String, value: String)] {
    [
      ("MMRL_LABEL", label.label), ("MMRL_SET", label.set), ("MMRL_HEAD", label.head),
      ("MMRL_SCORE", Decimal.fixed(Double(label.score), 4)), ("MMRL_CAMERA", result.source.name),
      ("MMRL_SEQUENCE", "\(result.info.sequence)"),
      ("MMRL_TIME", LiveRecord.wallTime(result.info.captured.wallClock)),
    ]
  }

  private func start(_ action: Action) {
    let previous = (name: "MMRL_PREVIOUS", value: told[action.subject] ?? "")
    told[action.subject] = action.label
    runs += 1
    do {
      let command = try ShellCommand(
        text, variables: action.variables + [previous], input: action.input, wake: wake)
      running = Running(command: command, deadline: .now + limit)
    } catch {
      fail("could not be started: \(error)")
    }
  }

  /// Tells the running command to end; the second time, makes it.
  private func stopRunning() {
    running?.command.stop(by: running?.isToldToEnd == true ? SIGKILL : SIGTERM)
    running?.isToldToEnd = true
    running?.deadline = .now + Self.grace
  }

  private func note(_ ending: ShellCommand.Ending) {
    if running?.isOverdue == true {
      fail("took more than \(Decimal.fixed(limit, 1)) s and was ended")
      return
    }
    // Otherwise of our doing, at the program's end.
    guard running?.isToldToEnd == false else { return }
    switch ending {
    case .status(0): break
    case .status(let status): fail("ended with status \(status)")
    case .signal(let number): fail("was ended by signal \(number)")
    }
  }

  private func fail(_ how: String) {
    failures += 1
    if let more = repeats.admit(how) { Message.say("--exec: the command \(how)\(more)") }
  }
}

extension MonotonicTime {
  /// Milliseconds until then, for poll.
  var pollTimeout: Int32 { Int32(min(1e6, max(0, (self - .now) * 1000)).rounded(.up)) }
}
