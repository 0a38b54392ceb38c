package import Classification
package import Imaging
package import Live

/// What is to be published: of each topic the newest value, however long the broker is away.
///
/// There are as many values as topics, so that it cannot grow.
package struct Outbox: Sendable {
  /// What is published, made into bytes only then.
  package enum Content: Sendable {
    case text(String)
    case record(Record)
    case event(AnswerEvent)
    case frame(ShownFrame.Content)

    /// Whether it is a moment, which is not told later.
    package var isEvent: Bool { if case .event = self { true } else { false } }
  }

  /// The newest values.
  private var values: [String: Content] = [:]
  /// Topics whose value has yet to be published, the longest wait first.
  private var due: [String] = []
  /// Events are for those who listen now.
  package private(set) var isOpen = false

  /// Nothing, for a broker that is not there yet.
  package init() {}

  /// Whether nothing waits.
  package var isEmpty: Bool { due.isEmpty }

  /// Topics that have a value.
  package var count: Int { values.count }

  /// Takes a value, which replaces an older one.
  package mutating func put(_ content: Content, at topic: String) {
    guard isOpen || !content.isEvent else { return }
    values[topic] = content
    if !due.contains(topic) { due.append(topic) }
  }

  /// Publishes the value that a topic has, once more.
  package mutating func repeatValue(at topic: String) {
    if values[topic] != nil, !due.contains(topic) { due.append(topic) }
  }

  /// A broker is there: it is told all, in `first`'s order to begin with.
  package mutating func open(first: [String]) {
    isOpen = true
    let rest = due.filter { !first.contains($0) }
    let others = values.keys.filter { !first.contains($0) && !rest.contains($0) }.sorted()
    due = first.filter { values[$0] != nil } + rest + others
  }

  /// The broker has gone: what was an event is over.
  package mutating func close() {
    isOpen = false
    for topic in values.filter({ $0.value.isEvent }).keys {
      values[topic] = nil
      due.removeAll { $0 == topic }
    }
  }

  /// The next value to publish; nil where nothing waits.
  package mutating func next() -> (topic: String, content: Content)? {
    guard !due.isEmpty else { return nil }
    let topic = due.removeFirst()
    guard let content = values[topic] else { return nil }
    if content.isEvent { values[topic] = nil }
    return (topic, content)
  }
}

extension Outbox.Content {
  private static let quality = 82

  /// The bytes of a message.
  ///
  /// - Throws: when an image cannot be compressed.
  package func bytes() throws(ImageError) -> [UInt8] {
    switch self {
    case .text(let text): return Array(text.utf8)
    case .record(let record): return Array(record.json.utf8)
    case .event(let event): return Array(event.json.utf8)
    case .frame(let content): return try content.file(quality: Self.quality)
    }
  }
}
