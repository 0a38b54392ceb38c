package import Basics
package import Capture
package import Classification

/// Tells the service manager how it goes: ready with the first result, or at once without sources; alive while results come of all sources, what
/// is seen, and the end.
package final class ServiceNotifier: Sink {
  /// Between two notices of what is seen, in seconds.
  private static let pause = 1.0

  private let manager: ServiceManager
  private let names: [String]
  private let timeout: Double
  private let clock: () -> MonotonicTime
  private var health: [SourceHealth]
  private var answers: [String?]
  private var isReady = false
  private var nextBeat: MonotonicTime
  private var status: (told: String, time: MonotonicTime)
  private var statusIsDue = true

  /// Nothing is said yet.
  ///
  /// - Parameters:
  ///   - manager: who is told.
  ///   - names: what the sources are called.
  ///   - timeout: seconds without a result after which a source is not healthy.
  ///   - clock: the time.
  package init(
    _ manager: ServiceManager, names: [String], timeout: Double,
    clock: @escaping () -> MonotonicTime = { .now }
  ) {
    self.manager = manager
    self.names = names
    self.timeout = timeout
    self.clock = clock
    let now = clock()
    health = names.map { _ in SourceHealth(openedAt: now) }
    answers = names.map { _ in nil }
    nextBeat = now
    status = ("", now + -Self.pause)
  }

  /// Says that frames are waited for; where there are no sources, nothing is, and it is ready.
  package func start() -> Bool {
    if names.isEmpty { tellReady() }
    return step()
  }

  /// Notes what that says of a source's health.
  package func note(_ event: LiveEvent, of source: Int) {
    health[source].note(event, at: clock())
    if case .still = event { tellReady() } else { statusIsDue = true }
  }

  /// Among other labels each source begins without an answer.
  package func modelReplaced(_ sets: [LabelSet]) {
    for index in answers.indices { answers[index] = nil }
    statusIsDue = true
  }

  /// Notes a result; the first one makes the service ready.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    health[source].frameDone(at: clock())
    if let change {
      answers[source] = change.text
      statusIsDue = true
    }
    tellReady()
    return step()
  }

  /// When the next sign of life, or word of what is seen, is due.
  package var deadline: MonotonicTime? {
    let word = statusIsDue ? status.time + Self.pause : nil
    return [manager.watchdog.map { _ in nextBeat }, word].compactMap(\.self).min()
  }

  /// Says what is due.
  package func step() -> Bool {
    let now = clock()
    if let watchdog = manager.watchdog, now >= nextBeat {
      // Four chances each time. Without one the manager ends the program and starts it again.
      nextBeat = now + watchdog / 4
      if complaints(at: now).isEmpty { manager.tell([.alive]) }
      statusIsDue = true
    }
    if statusIsDue, now >= status.time + Self.pause {
      statusIsDue = false
      let text = describe(at: now)
      if text != status.told { manager.tell([.status(text)]) }
      status = (text, now)
    }
    return true
  }

  /// Says that the end has begun.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    manager.tell([.stopping, .status("ending")])
  }

  private func tellReady() {
    guard !isReady else { return }
    isReady = manager.tell([.ready])
    statusIsDue = true
  }

  private func complaints(at now: MonotonicTime) -> [String] {
    zip(names, health).compactMap { name, health in
      health.complaint(timeout: timeout, at: now).map { "\(name): \($0)" }
    }
  }

  private func describe(at now: MonotonicTime) -> String {
    zip(names, zip(health, answers)).map { name, state in
      let (health, answer) = state
      return "\(name): \(health.complaint(timeout: timeout, at: now) ?? answer ?? "no answer yet")"
    }.joined(separator: "; ")
  }
}
