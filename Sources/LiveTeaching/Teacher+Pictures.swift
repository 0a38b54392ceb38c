internal import Basics
internal import Capture
internal import Classification
internal import Imaging
package import Live
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

  /// Makes photos of pictures, as one change; none where one of them cannot be.
  func keep(
    _ pictures: [EarlierPicture], _ label: String, _ check: inout PictureCheck
  ) throws(TeachingError) {
    try checkTeachable(label)
    for picture in pictures {
      var scene = PictureCheck.Scene()
      guard check.look(at: try picture.file(), after: &scene) == .new else {
        throw TeachingError(
          .unusable, "the picture of \(picture.time.text) is not a complete image")
      }
    }
    var change: Int?
    do {
      // One after the other, so that they are not all in memory.
      for picture in pictures {
        let bytes = try picture.file()
        change = try withStore { [change] store throws(TeachingError) in
          try store.add(bytes, to: label, at: picture.time.text, asPartOf: change)
        }
      }
    } catch {
      if change != nil { try? withStore { store throws(TeachingError) in try store.undo() } }
      throw error
    }
  }

  /// A JPEG file of a frame, as the camera sent it or good enough to learn from.
  package static func file(of content: ShownFrame.Content) throws(TeachingError) -> [UInt8] {
    do { return try content.file(quality: quality) } catch {
      throw TeachingError(.system, "\(error)")
    }
  }

  func bytes(of frame: ShownFrame) throws(TeachingError) -> [UInt8] {
    try Self.file(of: frame.content)
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
