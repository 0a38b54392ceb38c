package import Basics
internal import Classification
internal import Labelling
package import ModelFile
internal import Synchronization
internal import Tokenization

/// Teaches a base model the photos of a folder, again and again, into a file of its own.
///
/// It begins with the base model each time, so that photos that are gone are forgotten.
package final class Learner: Sendable {
  /// What the base model can be taught.
  private struct Base {
    var version: FileVersion?
    /// Of its labels, by name or learnt, what their prompts show.
    var names: Set<String> = []
    var hasTextTower = false
    var features = FeatureCache()
  }

  /// The folder of folders.
  package let folder: String
  /// The file of the taught model.
  package let output: String
  private let means: FolderLesson.Means
  private let base = Mutex(Base())

  /// A learner of a folder.
  package init(folder: String, means: FolderLesson.Means) {
    self.folder = folder
    self.means = means
    output = PathName(folder).appending(Array("taught.mmrl".utf8)).text
  }

  /// Looks whether a model can be taught at all, and what.
  ///
  /// - Parameters:
  ///   - model: the base model.
  ///   - version: of its file.
  /// - Throws: `TeachError` when it cannot, or what is wrong with it.
  package func look(at model: ModelReader, version: FileVersion?) throws {
    _ = try Teaching(model)
    let manifest = model.manifest
    base.withLock { base in
      // Features of another model say nothing of this one.
      if base.version != version || version == nil { base.features = FeatureCache() }
      base.version = version
      base.names = Set(manifest.labelSets.flatMap(\.labels).map(nameInPrompt))
      base.hasTextTower = manifest.text != nil
    }
  }

  /// Why the base model cannot be taught a label of this name; nil where it can.
  package func refusal(ofLabel name: String) -> String? {
    base.withLock { base in
      guard !base.hasTextTower, !base.names.contains(nameInPrompt(name)),
        nameInPrompt(name) != ReservedName.none
      else { return nil }
      return
        "the model cannot take the new name \(name.debugDescription), since it does not carry its text tower: choose one of its own labels"
    }
  }

  /// Whether the base model can be taught labels that it does not have.
  package var takesNewNames: Bool { base.withLock(\.hasTextTower) }

  /// Finds the features of all photos, so that learning them takes less time; says nothing of what cannot be.
  package func prepare(_ model: ModelReader, version: FileVersion?) {
    guard (try? look(at: model, version: version)) != nil,
      let folders = try? photoFolders()
    else { return }
    var features = base.withLock(\.features)
    _ = try? FolderLesson.features(of: folders, model, means, cache: &features) { _ in }
    keep(features, version)
  }

  private func keep(_ features: FeatureCache, _ version: FileVersion?) {
    base.withLock { base in if base.version == version { base.features = features } }
  }

  /// Photos are what lies in the folder itself: no link leads out of it.
  private func photoFolders() throws(PhotoFoldersError) -> PhotoFolders {
    try PhotoFolders(PathName(folder), none: PhotoFolders.none, followingLinks: false)
  }

  /// Whether the folder has no photos of labels.
  package var hasNothing: Bool {
    (try? photoFolders())?.labels.isEmpty ?? false
  }

  /// Teaches the base model all photos of the folder.
  ///
  /// - Parameters:
  ///   - model: the base model.
  ///   - version: of its file.
  ///   - onPhoto: is called with the number of photos done, and of all.
  /// - Returns: nil where there are no photos; then there is no file either.
  /// - Throws: as ``FolderLesson`` does; then the file is as it was.
  package func learn(
    _ model: ModelReader, version: FileVersion?, onPhoto: (_ done: Int, _ total: Int) -> Void
  ) throws -> Lesson? {
    let start = ContinuousClock.now
    try look(at: model, version: version)
    let folders = try photoFolders()
    guard !folders.labels.isEmpty else {
      try? Folder.remove(PathName(output))
      return nil
    }
    let total = folders.labels.reduce(0) { $0 + $1.photos.count }
    var done = 0
    var features = base.withLock(\.features)
    let lesson = try FolderLesson(folders, model, means, cache: &features) { _ in
      done += 1
      onPhoto(done, total)
    }
    keep(features, version)
    try lesson.taught.write(to: output)
    return Lesson(
      lesson, folders, seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}

/// What was learnt, for those who want to know.
package struct Lesson: Sendable, Encodable {
  /// A label with the number of photos that it was taught.
  package struct Label: Sendable, Encodable {
    /// The label.
    package var label: String
    /// Photos.
    package var photos: Int
  }

  /// The labels taught.
  package var labels: [Label]
  /// Photos in all.
  package var photos: Int
  /// Photos that were held out once, and those of them that were given their label.
  package var heldOut: Int
  /// See ``heldOut``.
  package var right: Int
  /// What is to be said: photos that cannot be read, names that are too long, folders taken together.
  package var warnings: [String]
  /// How long it took.
  package var seconds: Double

  init(_ lesson: FolderLesson, _ folders: PhotoFolders, seconds: Double) {
    labels = lesson.labels.map { Label(label: $0.name, photos: $0.photos) }
    photos = lesson.photos
    heldOut = lesson.taught.heldOut.photos
    right = lesson.taught.heldOut.right
    warnings =
      lesson.unreadable.map(\.description) + lesson.warnings
      + folders.joined.map { "\($0.joined(separator: ", ")): the same label, taken together" }
      + folders.unusable.map { "\($0): its photos are passed over, give it another name" }
    self.seconds = (seconds * 100).rounded() / 100
  }
}
