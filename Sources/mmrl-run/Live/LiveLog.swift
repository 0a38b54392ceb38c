import Capture

/// One line on stderr for each fault; the same fault again and again is one line every ten seconds.
final class LiveLog {
  private struct Key: Hashable {
    var source: String
    var fault: Fault
  }

  private let web: LiveWeb?
  private var repeats = LiveRepeats<Key>()

  /// A log whose events the server gets too.
  init(alsoTo web: LiveWeb?) { self.web = web }

  /// Says an event, or counts it.
  func note(_ source: String, _ event: SourceEvent) {
    web?.note(source, event)
    switch event {
    case .started(let summary):
      say(source, summary)
    case .resumed(let seconds, let summary):
      say(source, "back after \(Decimal.fixed(seconds, 1)) s: \(summary)")
    case .fault(let fault, let detail):
      guard let more = repeats.admit(Key(source: source, fault: fault)) else { return }
      say(source, "\(fault.rawValue): \(detail)\(more)")
    }
  }

  /// A line about a source, whose name is said once.
  private func say(_ source: String, _ text: String) {
    Message.say(text.contains("\(source):") ? text : "\(source): \(text)")
  }
}
