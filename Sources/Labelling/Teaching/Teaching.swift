package import Inference
package import ModelFile
internal import Tokenization

/// A model being taught known labels by photos, without training: regularised LDA from sufficient statistics.
///
/// A novel label that gets photos becomes known. Known labels that were never learnt from photos, those of a model made
/// by names alone, count as novel.
package struct Teaching {
  /// Photos of a label as an engine encodes them.
  package struct Photos: Sendable {
    /// The label.
    package var label: String
    /// Of each photo the features of its views: class, then representation if the model has one.
    package var views: [[[Float]]]

    /// Puts photos together.
    package init(label: String, views: [[[Float]]]) {
      self.label = label
      self.views = views
    }
  }

  /// A label of the taught model.
  struct Label {
    var name: String
    /// Of unit length, `[E]`.
    var text: [Float]
  }

  let model: ModelReader
  /// In the order of the model, then in that of their first photos.
  private(set) var known: [Label] = []
  private(set) var novel: [Label] = []
  private(set) var statistics: PhotoStatistics
  /// The statistics without what was taught, with places for its labels.
  private(set) var untaught: PhotoStatistics
  /// What was taught, by the place of its label.
  private(set) var taught: [(label: Int, views: [[Float]])] = []

  /// Begins with what a model knows.
  ///
  /// - Throws: ``TeachError/noStatistics``, or what is wrong with the model.
  package init(_ model: ModelReader) throws {
    self.model = model
    let manifest = model.manifest
    let embedDim = manifest.geometry.embedDim
    let target = PhotoStatistics.Target(
      projection: try model.floats("visual.head.class"), embedDim: embedDim,
      parts: manifest.method == .clip ? 1 : 2)
    for set in manifest.labelSets {
      let texts = try model.floats("labels.\(set.kind.rawValue).features")
      let labels = set.labels.enumerated().map { index, name in
        Label(name: name, text: Array(texts[index * embedDim..<(index + 1) * embedDim]))
      }
      if set.kind == .known, manifest.statistics != nil { known = labels } else { novel += labels }
    }
    if let statistics = manifest.statistics {
      untaught = PhotoStatistics(
        statistics, means: try model.floats("labels.known.means"),
        factor: try model.floats("statistics.factor"), target: target)
    } else {
      guard manifest.method == .clip || manifest.labelSet(.known) == nil else {
        throw TeachError.noStatistics
      }
      untaught = PhotoStatistics(target: target)
    }
    statistics = untaught
  }

  /// The labels whose text features are not in the model, of some that are to be taught.
  package func namesWithoutText(_ names: [String]) -> [String] {
    let there = Set((known + novel).map { nameInPrompt($0.name) })
    return names.filter { !there.contains(nameInPrompt($0)) }
  }

  /// Encodes those of some labels whose text features are not in the model.
  ///
  /// - Parameters:
  ///   - names: of labels that are to be taught, each another prompt.
  ///   - instructionSet: nil for the preferred one.
  ///   - threads: nil for as many as this process may use.
  /// - Returns: unit text features by name, and what is to be said of the names, a line each.
  /// - Throws: `LabelError`, `InferenceError.noTextTower`, or what is wrong with the model.
  package func texts(
    of names: [String], instructionSet: InstructionSet? = nil, threads: Int? = nil
  ) throws -> (features: [String: [Float]], warnings: [String]) {
    let names = namesWithoutText(names)
    guard !names.isEmpty else { return ([:], []) }
    let encoded = try LabelEncoder(model, instructionSet: instructionSet, threads: threads)
      .encode(names, templates: [LabelEdit(model).template])
    return (Dictionary(uniqueKeysWithValues: zip(names, encoded.features)), encoded.warnings)
  }

  /// Adds photos.
  ///
  /// - Parameters:
  ///   - photos: of each label at least one.
  ///   - texts: unit text features of ``namesWithoutText(_:)``, by name.
  /// - Throws: ``TeachError``.
  package mutating func add(_ photos: [Photos], texts: [String: [Float]]) throws(TeachError) {
    for photos in photos where !photos.views.isEmpty {
      guard photos.views.allSatisfy({ $0.allSatisfy { $0.allSatisfy(\.isFinite) } }) else {
        throw .notFinite(label: photos.label)
      }
      let label = place(of: photos.label, texts: texts)
      for views in photos.views {
        statistics.add(views, to: label)
        taught.append((label, views))
      }
    }
    if known.count == 1 { throw .oneLabel(known[0].name) }
  }

  /// The place of a label among the known ones, which it joins if it was not there.
  private mutating func place(of name: String, texts: [String: [Float]]) -> Int {
    let key = nameInPrompt(name)
    if let place = known.firstIndex(where: { nameInPrompt($0.name) == key }) { return place }
    if let place = novel.firstIndex(where: { nameInPrompt($0.name) == key }) {
      known.append(novel.remove(at: place))
    } else {
      guard let text = texts[name] else {
        preconditionFailure("a text feature for each new label")
      }
      known.append(Label(name: name, text: text))
    }
    _ = untaught.addLabel()
    return statistics.addLabel()
  }
}
