internal import Basics
package import Capture
package import Classification
internal import Imaging
package import Live
internal import Synchronization

extension Teacher: Sink {
  /// Notes the labels.
  package func modelReplaced(_ sets: [LabelSet]) {
    let names = sets.flatMap(\.labels)
    state.withLock { $0.names = names }
  }

  /// Whether a picture may be taken now.
  package func wantsFrames(of source: Int) -> Bool {
    state.withLock { $0.collection?.wantsFrame(of: source) ?? false }
  }

  /// Has the teacher's thread look at a frame.
  package func show(_ frame: ShownFrame, of source: Int) {
    let isWanted = state.withLock { state in
      guard state.collection?.wantsFrame(of: source) == true else { return false }
      state.collection?.begin()
      return true
    }
    if isWanted { queue.with { $0.jobs.append(.frame(frame)) } }
  }

  /// No more pictures come of a source that has ended.
  package func note(_ event: LiveEvent, of source: Int) {
    guard case .ended = event else { return }
    state.withLock { state in
      if state.collection?.source == source { state.collection?.end("the stream has ended") }
    }
  }

  /// When no more pictures are awaited.
  package var deadline: MonotonicTime? {
    state.withLock { state in
      state.collection.flatMap { $0.ending == nil ? $0.deadline : nil }
    }
  }

  /// Ends what has seen nothing new for long.
  package func step() -> Bool {
    state.withLock { state in
      guard let collection = state.collection, collection.deadline <= .now else { return }
      state.collection?.end("nothing new was seen")
    }
    return true
  }

  /// Ends its thread.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) { stop() }
}
