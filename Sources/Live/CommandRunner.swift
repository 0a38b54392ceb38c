package import Basics
package import Capture
package import Classification
internal import ModelFile
internal import Glibc

/// Runs the user's command when a source's answer changes.
///
/// One at a time, and nothing here waits. While one runs, of each source only the newest change is kept.
package final class CommandRunner: Sink {
  /// Between the wish that a command ends and its end by force.
  private static let grace = 0.5

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
  private let say: (String) -> Void
  private var running: Running?
  private var changes = ChangeQueue()
  private var repeats = Repeats<String>()
  private var runs = 0
  private var failures = 0

  /// Runs `text` by a shell, for `limit` seconds at most.
  ///
  /// - Parameters:
  ///   - text: the command.
  ///   - limit: in seconds.
  ///   - wake: wakes the loop when a command has ended.
  ///   - say: takes messages, a line each.
  package init(
    _ text: String, limit: Double, wake: WakePipe, say: @escaping (String) -> Void
  ) {
    self.text = text
    self.limit = limit
    self.wake = wake
    self.say = say
  }

  /// Keeps the changes and starts a command if none runs.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    if let change { changes.add(change, record, source: source) }
    return step()
  }

  /// When a command has run for too long.
  package var deadline: MonotonicTime? { running?.deadline }

  /// Takes note of a command's end, ends one that takes too long, starts the next.
  package func step() -> Bool {
    if let command = running?.command, let ending = command.end() {
      note(ending)
      running = nil
    }
    if let deadline = running?.deadline, deadline <= .now {
      if running?.isToldToEnd == false { running?.isOverdue = true }
      stopRunning()
    }
    while running == nil, let (change, previous) = changes.next() { start(change, previous) }
    return true
  }

  /// Lets commands run to their ends, or ends them once it `isInterrupted`; says how many there were.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    while running != nil || !changes.isEmpty {
      if isInterrupted() {
        changes.removeAll()
        if running?.isToldToEnd == false { stopRunning() }
      }
      _ = step()
      guard let deadline else { continue }
      var woken = pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
      unsafe poll(&woken, 1, deadline.pollTimeout)
      wake.clear()
    }
    let passedOver = "\(changes.passedOver) changes passed over for newer ones"
    say("\(runs) commands run, \(failures) failed, \(passedOver)")
  }

  private func start(_ change: ChangeQueue.Change, _ previous: String?) {
    runs += 1
    do {
      let command = try ShellCommand(
        text, variables: Self.variables(change, previous), input: change.record.json + "\n",
        wake: wake)
      running = Running(command: command, deadline: .now + limit)
    } catch {
      fail("could not be started: \(error)")
    }
  }

  private static func variables(
    _ change: ChangeQueue.Change, _ previous: String?
  ) -> [(name: String, value: String)] {
    var variables = [("MMRL_LABEL", change.answer.text), ("MMRL_PREVIOUS", previous ?? "")]
    switch change.answer {
    case .label(let scored):
      variables += [
        ("MMRL_SET", scored.set.rawValue), ("MMRL_HEAD", scored.head.rawValue),
      ]
    case .unknown:
      variables += [
        ("MMRL_SET", "none"), ("MMRL_HEAD", ""),
      ]
    }
    variables.append(("MMRL_SCORE", change.answer.scoreText ?? ""))
    if case .frame(let frame) = change.record.origin {
      variables += [
        ("MMRL_CAMERA", frame.source), ("MMRL_SEQUENCE", "\(frame.sequence)"),
        ("MMRL_TIME", frame.captured.text),
      ]
    }
    return variables
  }

  /// Tells the running command to end; the second time, makes it.
  private func stopRunning() {
    running?.command.stop(by: running?.isToldToEnd == true ? SIGKILL : SIGTERM)
    running?.isToldToEnd = true
    running?.deadline = .now + Self.grace
  }

  private func note(_ ending: ChildProcess.Ending) {
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
    if let more = repeats.admit(how) { say("the command \(how)\(more)") }
  }
}
