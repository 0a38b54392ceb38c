import Classification

/// The last changes of the sources' answers, for clients that were not there.
struct AnswerChanges: Sendable {
  /// Another answer than before.
  struct Change: Sendable {
    /// Counted over all sources, from 1.
    var number: UInt64
    var source: Int
    /// The frame in which it was found.
    var frame: Record.Frame
    var answer: Answer

    /// As a JSON object.
    var json: String {
      let members = [
        "\"id\": \(number)", "\"source\": \(Record.quoted(frame.source))",
        "\"sequence\": \(frame.sequence)", "\"time\": \(Record.quoted(frame.captured.text))",
      ]
      return "{\((members + answer.members).joined(separator: ", "))}"
    }
  }

  /// Changes kept.
  static let limit = 256

  /// Oldest first.
  private(set) var all: [Change] = []
  private var count: UInt64 = 0

  /// Takes the next one; the oldest makes room.
  mutating func add(_ answer: Answer, in frame: Record.Frame, of source: Int) {
    count += 1
    if all.count == Self.limit { all.removeFirst() }
    all.append(Change(number: count, source: source, frame: frame, answer: answer))
  }
}
