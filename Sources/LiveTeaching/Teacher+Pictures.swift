internal import Basics
internal import Capture
internal import Classification
internal import Imaging
internal import Live
internal import Synchronization

extension Teacher {
  func collect(_ label: String, _ count: Int, _ source: Int) throws(TeachingError) {
    try checkTeachable(label)
    try withStore { store throws(TeachingError) in try store.checkRoom(for: label) }
    let isFree = state.withLock { state in
      guard state.collection == nil || state.collection?.ending != nil else { return false }
      state.collection = Collection(
        label: label, source: source, wanted: count, patience: patience)
      return true
    }
    guard isFree else { throw TeachingError(.conflict, "pictures are being taken already") }
  }

  func bytes(of frame: ShownFrame) throws(TeachingError) -> [UInt8] {
    do { return try frame.content.file(quality: Self.quality) } catch {
      throw TeachingError(.system, "\(error)")
    }
  }

  /// Looks at a frame, and keeps it if it shows something new.
  func take(_ frame: ShownFrame, _ check: inout PictureCheck) {
    guard let collection = state.withLock(\.collection), collection.ending == nil else { return }
    var scene = collection.scene
    do throws(TeachingError) {
      let bytes = try bytes(of: frame)
      let finding = check.look(at: bytes, after: &scene)
      var change = collection.change
      if finding == .new {
        let time = WallTime(nanoseconds: MonotonicTime.now.wallClock).text
        change = try withStore { store throws(TeachingError) in
          try store.add(bytes, to: collection.label, at: time, asPartOf: change)
        }
      }
      let (newScene, newChange) = (scene, change)
      let isDone = state.withLock { state in
        state.collection?.scene = newScene
        state.collection?.change = newChange
        state.collection?.finish(finding)
        return state.collection?.ending != nil
      }
      if isDone { prepare() }
    } catch {
      state.withLock { $0.collection?.end(error.description) }
    }
  }
}
