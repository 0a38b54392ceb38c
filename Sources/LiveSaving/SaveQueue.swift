internal import Basics
internal import Live

/// Pictures on their way to the folder; the newest ones, as far as they take little memory.
///
/// A slow disk so costs pictures, and no frame.
final class SaveQueue: Sendable {
  /// A frame that is kept, and those from before it.
  struct Moment: Sendable {
    var source: Int
    var reasons: [SavePlan.Reason]
    var frame: SeenFrame
    var before: [SeenFrame]

    var count: Int { before.count + 1 }
    var bytes: Int {
      before.reduce(frame.frame.content.bytes) { $0 + $1.frame.content.bytes }
    }
  }

  private struct State {
    var moments: [Moment] = []
    var bytes = 0
    var passedOver = 0
    var isEnding = false
  }

  /// Bytes that may wait; one moment may, whatever it takes.
  private let limit: Int
  private let state = Monitor(State())

  init(bytes: Int) { limit = bytes }

  /// Takes a moment; the oldest make room for it.
  func put(_ moment: Moment) {
    state.with { state in
      state.moments.append(moment)
      state.bytes += moment.bytes
      while state.moments.count > 1, state.bytes > limit {
        let old = state.moments.removeFirst()
        state.bytes -= old.bytes
        state.passedOver += old.count
      }
    }
  }

  /// Waits for the next moment; nil once all are taken and no more will come.
  func next() -> Moment? {
    state.when({ !$0.moments.isEmpty || $0.isEnding }) { state in
      guard !state.moments.isEmpty else { return nil }
      let moment = state.moments.removeFirst()
      state.bytes -= moment.bytes
      return moment
    }
  }

  /// No more will come.
  func end() { state.with { $0.isEnding = true } }

  /// Pictures given up for newer ones.
  var passedOver: Int { state.with { $0.passedOver } }
}
