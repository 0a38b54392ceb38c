package import Classification

/// A change of a source's answer, as it is published: a moment, not a state.
package struct AnswerEvent: Sendable {
  /// The only type of event there is.
  package static let kind = "change"

  /// The new answer.
  package var answer: Answer
  /// The answer before; nil at first.
  package var previous: String?
  /// The record with which it came.
  package var record: Record

  /// A change.
  package init(answer: Answer, previous: String?, record: Record) {
    self.answer = answer
    self.previous = previous
    self.record = record
  }

  /// A JSON object, whose `event_type` Home Assistant asks for.
  package var json: String {
    var members = [
      "\"event_type\": \(Record.quoted(Self.kind))", "\"label\": \(Record.quoted(answer.text))",
      "\"previous\": \(previous.map(Record.quoted) ?? "null")",
      "\"score\": \(answer.scoreText ?? "null")",
    ]
    if case .frame(let frame) = record.origin {
      members.append("\"sequence\": \(frame.sequence)")
      members.append("\"time\": \(Record.quoted(frame.captured.text))")
    }
    return "{\(members.joined(separator: ", "))}"
  }
}

extension Record.Labels {
  /// The score that `label` has here, or the unknown score; nil where it is not listed.
  func scoreText(of label: String) -> String? {
    if label == Answer.unknownText { return unknownScore.map(Answer.text) }
    return labels.first { $0.label == label }.map { Answer.text(ofScore: $0.score) }
  }
}
