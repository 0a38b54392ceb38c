import Capture

/// One line on stderr for each fault; the same fault again and again is one line every ten seconds.
final class LiveLog {
  private static let period = 10.0

  private struct Key: Hashable {
    var source: String
    var fault: Fault
  }

  private let web: LiveWeb?
  private var last: [Key: MonotonicTime] = [:]
  private var unsaid: [Key: Int] = [:]

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
      let key = Key(source: source, fault: fault)
      if let time = last[key], MonotonicTime.now - time < Self.period {
        unsaid[key, default: 0] += 1
        return
      }
      last[key] = .now
      let more = unsaid.removeValue(forKey: key).map { " (and \($0) more before)" } ?? ""
      say(source, "\(fault.rawValue): \(detail)\(more)")
    }
  }

  /// A line about a source, whose name is said once.
  private func say(_ source: String, _ text: String) {
    Message.say(text.contains("\(source):") ? text : "\(source): \(text)")
  }
}
