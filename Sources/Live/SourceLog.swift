internal import Basics
internal import Capture
internal import Classification
internal import Imaging

/// One line for each event of a source, and at the end an account of each source.
///
/// The same fault again and again is one line every ten seconds, what is odd and does no harm one line for good.
package final class SourceLog: Sink {
  private enum Key: Hashable {
    case fault(Int, Fault)
    /// Another program's words without their numbers, of which hardly two are alike.
    case message(Int, String)
  }

  private struct OddKey: Hashable {
    var source: Int
    var oddity: Oddity
  }

  private let names: [String]
  private let say: (String) -> Void
  private var repeats = Repeats<Key>()
  private var toldOddities: Set<OddKey> = []
  /// What is looked at, by the source.
  private var parts: [Int: LookedAt] = [:]

  /// A log of sources by their names; `say` takes its lines.
  package init(names: [String], say: @escaping (String) -> Void) {
    self.names = names
    self.say = say
  }

  /// Says an event, or counts it.
  package func note(_ event: LiveEvent, of source: Int) {
    let name = names[source]
    switch event {
    case .source(let event): note(event, of: source, name)
    case .looks(let part): note(part, of: source, name)
    case .still, .ended: break
    }
  }

  /// Says where it looks, unless that is what is to be expected: where it looked at first, and where the model learnt.
  private func note(_ part: LookedAt, of source: Int, _ name: String) {
    let isFirst = parts.updateValue(part, forKey: source) == nil
    if let remark = part.remark {
      say(name, remark)
    } else if !isFirst {
      say(
        name,
        part.region == .whole
          ? "the whole picture is looked at now" : "the part \(part.region) is looked at now")
    }
  }

  private func note(_ event: SourceEvent, of source: Int, _ name: String) {
    switch event {
    case .started(let summary):
      say(name, summary)
    case .resumed(let seconds, let summary):
      say(name, "back after \(Decimal.fixed(seconds, 1)) s: \(summary)")
    case .fault(let fault, let detail):
      guard let more = repeats.admit(.fault(source, fault)) else { return }
      say(name, "\(fault.rawValue): \(detail)\(more)")
    case .odd(let oddity):
      // Once: it may be so in every frame.
      guard toldOddities.insert(OddKey(source: source, oddity: oddity)).inserted else { return }
      say(name, "\(oddity.detail), which does no harm (said once)")
    case .message(let text):
      let key = Key.message(source, text.filter { !$0.isNumber })
      guard let more = repeats.admit(key) else { return }
      say(name, "\(text)\(more)")
    }
  }

  /// Says what became of each source's frames.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    for report in reports { say("\(report)") }
  }

  /// A line about a source, whose name is said once.
  private func say(_ name: String, _ text: String) {
    say(text.contains("\(name):") ? text : "\(name): \(text)")
  }
}

extension SourceReport: CustomStringConvertible {
  /// One line.
  package var description: String {
    let frames = classified == 1 ? "frame" : "frames"
    var parts = [
      "\(classified) \(frames) classified in \(Decimal.fixed(seconds, 1)) s",
      "\(dropped) dropped",
    ]
    if let still {
      let share = 100 * Double(still) / Double(max(1, still + classified))
      parts.append("\(still) still ones skipped (\(Decimal.fixed(share, 1)) % of the work)")
    }
    parts += faults.map { "\($0.kind): \($0.count)" }
    parts += oddities.map { "odd (\($0.kind)): \($0.count)" }
    return "\(name): \(parts.joined(separator: ", "))"
  }
}
