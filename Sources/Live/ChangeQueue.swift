package import Classification
internal import ModelFile

/// Changes that a command has yet to be told of: of each source and set only the newest counts.
package struct ChangeQueue {
  /// What a change is about.
  fileprivate struct Subject: Hashable {
    var source: Int
    var set: String
  }

  /// A label that has changed.
  package struct Change {
    /// The new label.
    package var label: ScoredLabel
    /// The record with which it came.
    package var record: Record
    fileprivate var subject: Subject
  }

  /// At most one of a subject, the oldest first.
  private var pending: [Change] = []
  /// What was last told about a subject.
  private var told: [Subject: String] = [:]
  /// Changes given up for newer ones.
  package private(set) var passedOver = 0

  /// No changes.
  package init() {}

  /// Whether there is nothing to tell.
  package var isEmpty: Bool { pending.isEmpty }

  /// Takes a change, which replaces an older one that waits; that keeps its place.
  package mutating func add(_ label: ScoredLabel, _ record: Record, source: Int) {
    let subject = Subject(source: source, set: label.set.rawValue)
    let old = pending.firstIndex { $0.subject == subject }
    if let old {
      pending.remove(at: old)
      passedOver += 1
    }
    // Back to what was told last: then there is nothing to tell.
    guard told[subject] != label.label else { return }
    let change = Change(label: label, record: record, subject: subject)
    pending.insert(change, at: old ?? pending.count)
  }

  /// The change to tell now, and what was told before it; nil when there is none.
  package mutating func next() -> (change: Change, previous: String?)? {
    guard !pending.isEmpty else { return nil }
    let change = pending.removeFirst()
    let previous = told.updateValue(change.label.label, forKey: change.subject)
    return (change, previous)
  }

  /// Forgets what waits.
  package mutating func removeAll() { pending = [] }
}
