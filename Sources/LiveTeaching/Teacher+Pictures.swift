internal import Basics
internal import Capture
internal import Classification
package import Imaging
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

  /// A JPEG file of what is looked at in a frame: the camera's own where that is all of it, else one good enough to learn from.
  package static func photo(
    of content: ShownFrame.Content, part: ImageRegion?
  ) throws(TeachingError) -> [UInt8] {
    do {
      guard let part else { return try content.file(quality: quality) }
      return try content.file(of: part, quality: quality)
    } catch {
      throw TeachingError(.unusable, "the picture is not a complete image: \(error)")
    }
  }

  /// Looks at a frame, and keeps it if it shows something new.
  func take(_ frame: ShownFrame, _ check: inout PictureCheck) {
    guard let collection = state.withLock(\.collection), collection.ending == nil else { return }
    var scene = collection.scene
    do throws(TeachingError) {
      // What is damaged has no part that can be taken out.
      let bytes = try? Self.photo(of: frame.content, part: frame.part)
      let finding = bytes.map { check.look(at: $0, after: &scene) } ?? .damaged
      var change = collection.change
      if finding == .new, let bytes {
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
