internal import Capture
internal import Classification

/// Several sinks as one.
///
/// They are told in their order, and ended in the opposite one. One that may wait for its reader comes last.
package final class SinkList {
  private let sinks: [any Sink]

  /// Sinks in their order.
  package init(_ sinks: [any Sink]) { self.sinks = sinks }

  /// Tells of an event.
  package func note(_ event: LiveEvent, of source: Int) {
    for sink in sinks { sink.note(event, of: source) }
  }

  func modelReplaced(_ sets: [LabelSet]) {
    for sink in sinks { sink.modelReplaced(sets) }
  }

  /// False ends the program.
  func start() -> Bool { sinks.reduce(true) { $1.start() && $0 } }

  func wantsFrames(of source: Int) -> Bool {
    sinks.contains { $0.wantsFrames(of: source) }
  }

  func show(_ frame: ShownFrame, of source: Int) {
    for sink in sinks where sink.wantsFrames(of: source) { sink.show(frame, of: source) }
  }

  /// False ends the program, once all have been told.
  func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    sinks.reduce(true) { $1.take(record, of: source, change: change) && $0 }
  }

  var deadline: MonotonicTime? { sinks.compactMap(\.deadline).min() }

  var peers: [Int32] { sinks.map(\.peer).filter { $0 >= 0 } }

  func step() -> Bool { sinks.reduce(true) { $1.step() && $0 } }

  func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    for sink in sinks.reversed() { sink.finish(reports, isInterrupted: isInterrupted) }
  }
}
