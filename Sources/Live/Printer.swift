internal import Capture
package import Classification
internal import Glibc

/// Prints records: of all frames, or of those that changed the answer.
package final class Printer: Sink {
  private let format: any RecordFormat
  private let onlyChanges: Bool
  private let write: (String) -> Bool
  /// Whoever reads.
  package let peer: Int32
  /// Frames dropped since the last record that was printed, by source.
  private var dropped: [Int: Int] = [:]
  /// What each source showed last.
  private var answers: [Int: Answer] = [:]

  /// A printer.
  ///
  /// - Parameters:
  ///   - format: how a record is written.
  ///   - onlyChanges: leave out records that do not change the answer.
  ///   - peer: a descriptor on which the reader's going away can be seen; -1 for none.
  ///   - write: takes text; false when nobody reads any more.
  package init(
    _ format: any RecordFormat, onlyChanges: Bool, peer: Int32 = -1,
    write: @escaping (String) -> Bool
  ) {
    self.format = format
    self.onlyChanges = onlyChanges
    self.peer = peer
    self.write = write
  }

  /// Writes what stands before the records.
  package func start() -> Bool { write(format.header) }

  /// Counts frames that passed.
  package func note(_ event: LiveEvent, of source: Int) {
    if case .still(let count) = event { dropped[source, default: 0] += count }
  }

  /// Writes a record if it is of interest; it tells of all frames dropped since the last one written.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    guard case .frame(var frame) = record.origin else { return true }
    dropped[source, default: 0] += frame.dropped
    let previous = change.flatMap { answers.updateValue($0, forKey: source) }
    guard !onlyChanges || change != nil else { return true }
    frame.dropped = dropped.removeValue(forKey: source) ?? 0
    let record = Record(origin: .frame(frame), outcome: record.outcome)
    return write(format.text(of: record, after: previous))
  }

  /// False when the reader has gone.
  package func step() -> Bool {
    guard peer >= 0 else { return true }
    var state = pollfd(fd: peer, events: 0, revents: 0)
    return unsafe poll(&state, 1, 0) <= 0
  }
}
