internal import Basics
package import Classification
package import Inference
package import Labelling
package import ModelFile

/// A model taught by the photos of a folder: what `mmrl-run teach` and the page do.
package struct FolderLesson {
  /// How photos become features.
  package struct Means: Sendable {
    /// How photos are read.
    package var reading = ImageReading()
    /// Nil for the preferred one.
    package var instructionSet: InstructionSet?
    /// Nil for as many as this process may use.
    package var threads: Int?

    /// The usual ones.
    package init() {}
  }

  /// What was learnt, to be written.
  package let taught: TaughtModel
  /// Labels with the number of photos that they were taught.
  package let labels: [(name: String, photos: Int)]
  /// Photos that could not be read.
  package let unreadable: [UnreadablePhoto]
  /// What else is to be said.
  package let warnings: [String]

  /// All photos taught.
  package var photos: Int { labels.reduce(0) { $0 + $1.photos } }

  /// Teaches a model.
  ///
  /// - Parameters:
  ///   - folders: labels with photos, at least one.
  ///   - model: stays as it is.
  ///   - means: how photos become features.
  ///   - cache: features that are known already, and afterwards those of these photos alone.
  ///   - onPhoto: is called for each photo, with what was wrong with it.
  /// - Throws: `TeachError`, `LabelError`, ``NoReadablePhoto``, or what is wrong with the model.
  package init(
    _ folders: PhotoFolders, _ model: ModelReader, _ means: Means, cache: inout FeatureCache,
    onPhoto: (UnreadablePhoto?) -> Void
  ) throws {
    var teaching = try Teaching(model)
    let (texts, warnings) = try teaching.texts(
      of: folders.labels.map(\.name), instructionSet: means.instructionSet, threads: means.threads)
    let found = try Self.features(of: folders, model, means, cache: &cache, onPhoto: onPhoto)
    let photos = found.photos
    guard !photos.isEmpty else { throw NoReadablePhoto() }
    try teaching.add(photos, texts: texts)
    taught = try TaughtModel(teaching)
    self.warnings = warnings + taught.warnings
    labels = photos.map { ($0.label, $0.views.count) }
    unreadable = found.unreadable
  }

  /// The features of photos.
  ///
  /// - Returns: labels with the features of those photos that can be read, and the others.
  /// - Throws: what is wrong with the model.
  static func features(
    of folders: PhotoFolders, _ model: ModelReader, _ means: Means, cache: inout FeatureCache,
    onPhoto: (UnreadablePhoto?) -> Void
  ) throws -> (photos: [Teaching.Photos], unreadable: [UnreadablePhoto]) {
    var encoder: PhotoEncoder?
    var photos: [Teaching.Photos] = []
    var unreadable: [UnreadablePhoto] = []
    var used = FeatureCache()
    for (name, entries) in folders.labels {
      var own = Teaching.Photos(label: name, views: [])
      for entry in entries {
        // Of the file before it is read: one that changes meanwhile is read again the next time.
        let version = FeatureCache.version(of: entry)
        if let views = cache.views(of: version) {
          own.views.append(views)
          used.keep(views, of: version)
          onPhoto(nil)
          continue
        }
        let present = try encoder ?? Self.encoder(of: model, means)
        encoder = present
        do throws(UnreadablePhoto) {
          let views = try present.views(of: entry)
          own.views.append(views)
          used.keep(views, of: version)
          onPhoto(nil)
        } catch {
          unreadable.append(error)
          onPhoto(error)
        }
      }
      if !own.views.isEmpty { photos.append(own) }
    }
    cache = used
    return (photos, unreadable)
  }

  private static func encoder(of model: ModelReader, _ means: Means) throws -> PhotoEncoder {
    PhotoEncoder(
      try Engine(model, instructionSet: means.instructionSet, threads: means.threads),
      means.reading)
  }
}

/// None of the photos can be read.
package struct NoReadablePhoto: Error, CustomStringConvertible {
  /// One line for a person.
  package let description = "there is no photo that can be read"
}

/// Features of photos by their files, whatever those are called by now.
package struct FeatureCache: Sendable {
  private var views: [FileVersion: [[Float]]] = [:]

  /// No features.
  package init() {}

  static func version(of entry: ImageEntry) -> FileVersion? {
    guard case .image(let path) = entry else { return nil }
    return FileVersion(of: path)
  }

  func views(of version: FileVersion?) -> [[Float]]? { version.flatMap { views[$0] } }

  mutating func keep(_ views: [[Float]], of version: FileVersion?) {
    if let version { self.views[version] = views }
  }
}
