package import Classification

/// Changes that a command has yet to be told of: of each source only the newest counts.
package struct ChangeQueue {
  /// An answer that has changed.
  package struct Change {
    /// The new answer.
    package var answer: Answer
    /// The record with which it came.
    package var record: Record
    fileprivate var source: Int
  }

  /// At most one of a source, the oldest first.
  private var pending: [Change] = []
  /// What was last told about a source.
  private var told: [Int: String] = [:]
  /// Changes given up for newer ones.
  package private(set) var passedOver = 0

  /// No changes.
  package init() {}

  /// Whether there is nothing to tell.
  package var isEmpty: Bool { pending.isEmpty }

  /// Takes a change, which replaces an older one that waits; that keeps its place.
  package mutating func add(_ answer: Answer, _ record: Record, source: Int) {
    let old = pending.firstIndex { $0.source == source }
    if let old {
      pending.remove(at: old)
      passedOver += 1
    }
    // Back to what was told last: then there is nothing to tell.
    guard told[source] != answer.text else { return }
    pending.insert(
      Change(answer: answer, record: record, source: source), at: old ?? pending.count)
  }

  /// The change to tell now, and what was told before it; nil when there is none.
  package mutating func next() -> (change: Change, previous: String?)? {
    guard !pending.isEmpty else { return nil }
    let change = pending.removeFirst()
    let previous = told.updateValue(change.answer.text, forKey: change.source)
    return (change, previous)
  }

  /// Forgets what waits.
  package mutating func removeAll() { pending = [] }
}
