package import Basics
internal import Classification
internal import Inference
internal import Labelling
internal import ModelFile
internal import Tokenization

extension Model {
  /// What was learnt from photos.
  public struct Lesson: Sendable, Equatable {
    /// The labels that were taught, with the number of their photos.
    public let labels: [String: Int]
    /// Photos that were held out once, in four folds.
    public let heldOut: Int
    /// Those of them that were given their label.
    public let right: Int
    /// What else is to be said, a line each: labels whose names are too long, pairs that the photos hardly tell apart.
    public let warnings: [String]
  }

  /// Teaches the model labels by photos, in seconds and without training, as `mmrl-run teach` does.
  ///
  /// A label that the model knew by name is learnt from then on; one that was learnt gets these photos more; a new name needs a model
  /// that carries its text tower. This model stays as it is: open the new one to use it. ``Options/labels`` do not count here.
  ///
  /// - Parameters:
  ///   - photos: by label; all labels that were learnt are two at least afterwards.
  ///   - output: the file of the new model, which appears when it is complete; may be that of this one.
  /// - Returns: what was learnt.
  /// - Throws: ``MMRLError``; then nothing is written. One photo that cannot be read is enough.
  public func teach(
    _ photos: [String: [Picture]], to output: String
  ) throws(MMRLError) -> Lesson {
    var labels: [(name: String, photos: [Picture])] = []
    for (name, pictures) in photos.sorted(by: { PathName($0.key) < PathName($1.key) }) {
      if let fault = LabelNameFault(named: name) {
        throw .argument("\(name.debugDescription): \(fault)")
      }
      guard !pictures.isEmpty else { continue }
      // Names that make the same prompt are of one label, as in training.
      if let place = labels.firstIndex(where: { nameInPrompt($0.name) == nameInPrompt(name) }) {
        labels[place].photos += pictures
      } else {
        labels.append((name, pictures))
      }
    }
    return try teach(labels, to: output)
  }

  /// The same by a folder that has a folder of photos for each label, named after it; one named `none` is left out.
  ///
  /// - Parameters:
  ///   - folder: the folder of folders.
  ///   - output: as above.
  /// - Returns: what was learnt.
  /// - Throws: as above.
  public func teach(photosIn folder: String, to output: String) throws(MMRLError) -> Lesson {
    try teach(photosIn: PathName(folder), to: output)
  }

  /// The same by the bytes of the folder's path.
  package func teach(photosIn folder: PathName, to output: String) throws(MMRLError) -> Lesson {
    let folders: PhotoFolders
    do throws(PhotoFoldersError) {
      folders = try PhotoFolders(folder, none: PhotoFolders.none)
      if let fault = folders.unusable.first { throw fault }
    } catch {
      throw MMRLError(.file, "\(error)")
    }
    guard !folders.labels.isEmpty else {
      let advice = folders.advice.map { ": \($0)" } ?? ""
      throw .argument("\(folder.text): has no folders with photos, one a label\(advice)")
    }
    var labels: [(name: String, photos: [Picture])] = []
    for (name, entries) in folders.labels {
      var photos: [Picture] = []
      for entry in entries {
        if case .failure(let path, let error) = entry {
          throw MMRLError(.file, "\(path.text): \(error)")
        }
        photos.append(Picture(path: entry.path))
      }
      labels.append((name, photos))
    }
    return try teach(labels, to: output)
  }

  private func teach(
    _ labels: [(name: String, photos: [Picture])], to output: String
  ) throws(MMRLError) -> Lesson {
    guard !labels.isEmpty else { throw .argument("no photos to learn from") }
    do {
      var teaching = try Teaching(file)
      let (texts, warnings) = try teaching.texts(
        of: labels.map(\.name), threads: options.threads)
      let worker = Worker(preprocessing, options.reading)
      let encoder = PhotoEncoder(engine)
      var photos: [Teaching.Photos] = []
      for label in labels {
        let views = try label.photos.map { photo in
          encoder.views(of: try worker.prepare(photo).get().image)
        }
        photos.append(Teaching.Photos(label: label.name, views: views))
      }
      try teaching.add(photos, texts: texts)
      let taught = try TaughtModel(teaching)
      do throws(ModelFileError) {
        try taught.write(to: output)
      } catch {
        throw MMRLError(.file, error.description(of: output))
      }
      return Lesson(
        labels: Dictionary(
          photos.map { ($0.label, $0.views.count) }, uniquingKeysWith: { $0 + $1 }),
        heldOut: taught.heldOut.photos, right: taught.heldOut.right,
        warnings: warnings + taught.warnings)
    } catch {
      throw MMRLError(error, model: path)
    }
  }
}
