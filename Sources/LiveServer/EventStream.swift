import NIOCore

/// A client of `/events`: gets every event while it reads, the newest ones when it reads late.
///
/// One write at a time, so that what a client does not read is never more than that.
final class EventStream {
  private let hub: Hub
  private unowned let connection: Connection
  /// The last event that was sent, or passed over.
  private var last: UInt64
  var statusIsDue = true
  private var writingSince: NIODeadline?

  /// A stream that goes on after `last`, the event that the client saw before its connection broke.
  init(_ hub: Hub, _ connection: Connection, after last: UInt64?) {
    self.hub = hub
    self.connection = connection
    let newest = hub.messages.last?.number ?? 0
    // A number of another run of the program, or too far back: from the newest on.
    let oldest = hub.messages.first?.number ?? 0
    self.last = last.flatMap { (oldest...newest).contains($0) ? $0 : nil } ?? .max
  }

  /// Sends what is known now.
  func begin() {
    hub.renewStatus()
    write(ByteBuffer(string: "retry: 2000\n\n"), news: newest())
  }

  /// Sends what is new, unless the client has yet to take what was sent.
  func advance() {
    guard writingSince == nil else { return }
    let news = newest()
    if statusIsDue || !news.isEmpty { write(ByteBuffer(), news: news) }
  }

  /// Whether the client has stopped to read.
  func isStuck(_ now: NIODeadline) -> Bool {
    writingSince.map { now - $0 > .init(seconds: hub.limits.answerTime) } ?? false
  }

  /// The events not sent yet; the newest of each source when some of them are gone already.
  private func newest() -> [Hub.Message] {
    guard let oldest = hub.messages.first, let newest = hub.messages.last else { return [] }
    defer { last = newest.number }
    if last != .max, last + 1 >= oldest.number {
      return hub.messages.filter { $0.number > last }
    }
    if last != .max { hub.counts.skippedEvents += Int(oldest.number - last) - 1 }
    return hub.newest.values.sorted { $0.number < $1.number }
  }

  private func write(_ start: ByteBuffer, news: [Hub.Message]) {
    var bytes = start
    if statusIsDue { bytes.writeImmutableBuffer(hub.status) }
    statusIsDue = false
    for message in news { bytes.writeImmutableBuffer(message.text) }
    writingSince = .now()
    connection.writeEvents(bytes) { [weak self] in
      self?.writingSince = nil
      self?.advance()
    }
  }
}
