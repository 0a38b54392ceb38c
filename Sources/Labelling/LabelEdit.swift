package import ModelFile
internal import Tokenization

/// A model's labels, being changed: added by name, removed, renamed, then written as another file.
///
/// Nothing else in the model changes, and what stays is copied as it lies in the file.
package struct LabelEdit {
  /// Where a label's rows come from.
  enum Row {
    /// A row of the model.
    case kept(Int)
    /// A text feature, `[E]`.
    case added([Float])
  }

  /// The model with its labels as they are by now.
  package private(set) var manifest: Manifest

  let model: ModelReader
  /// A row for each label of each set.
  private(set) var rows: [Manifest.LabelSet.Kind: [Row]] = [:]

  /// Begins with the labels that a model has.
  package init(_ model: ModelReader) {
    self.model = model
    manifest = model.manifest
    for set in manifest.labelSets { rows[set.kind] = set.labels.indices.map { .kept($0) } }
  }

  /// All labels of both sets.
  package var labels: [String] { manifest.labelSets.flatMap(\.labels) }

  /// The prompt that labels are added with when nothing is said: that of those that are there.
  package var template: String {
    (manifest.labelSet(.novel) ?? manifest.labelSets.first)?.template ?? PromptTemplate.standard
  }

  /// Whether names can be added.
  ///
  /// - Throws: ``LabelError`` for the first that cannot.
  package func check(_ names: [String]) throws(LabelError) {
    try Self.checkApart(names)
    for name in names { try checkFree(name, besides: nil) }
  }

  /// Checks that labels can be told from each other by their prompts.
  ///
  /// - Throws: ``LabelError`` that names the first that cannot.
  package static func checkApart(_ names: [String]) throws(LabelError) {
    var seen: [String: String] = [:]
    for name in names {
      if let fault = LabelNameFault(named: name) { throw .unusable(name, fault) }
      if let other = seen.updateValue(name, forKey: nameInPrompt(name)) {
        throw .samePrompt(other, name)
      }
    }
  }

  /// What to say of a model that has these labels alone; nil for several.
  package static func warning(ofLabels labels: [String]) -> String? {
    guard labels.count == 1 else { return nil }
    return
      "\"\(labels[0])\" is the only label: every image will be called \(labels[0]), whatever it shows (add labels of "
      + "what else images may show)"
  }

  /// Adds labels to the novel set, which is made if there is none.
  ///
  /// - Throws: ``LabelError``; `ModelFileError.notFinite` for a feature that is none.
  package mutating func add(_ encoded: EncodedLabels) throws {
    try check(encoded.labels)
    guard encoded.features.allSatisfy({ $0.allSatisfy(\.isFinite) }) else {
      throw ModelFileError.notFinite("labels.novel.features")
    }
    if manifest.labelSet(.novel) == nil {
      manifest.labelSets.append(
        Manifest.LabelSet(kind: .novel, template: encoded.template, labels: []))
    }
    for index in manifest.labelSets.indices where manifest.labelSets[index].kind == .novel {
      manifest.labelSets[index].labels += encoded.labels
    }
    rows[.novel, default: []] += encoded.features.map { .added($0) }
  }

  /// Removes labels, known ones with all that was learnt about them.
  ///
  /// - Throws: ``LabelError/unknown(_:similar:)``.
  package mutating func remove(_ names: [String]) throws(LabelError) {
    for name in names { try checkThere(name) }
    let gone = Set(names)
    removeLabels { gone.contains($1) }
  }

  /// Removes the novel labels, all of them.
  package mutating func removeNovel() { removeLabels { kind, _ in kind == .novel } }

  private mutating func removeLabels(
    where isGone: (_ kind: Manifest.LabelSet.Kind, _ label: String) -> Bool
  ) {
    for index in manifest.labelSets.indices {
      let set = manifest.labelSets[index]
      let kept = set.labels.indices.filter { !isGone(set.kind, set.labels[$0]) }
      manifest.labelSets[index].labels = kept.map { set.labels[$0] }
      rows[set.kind] = rows[set.kind].map { rows in kept.map { rows[$0] } }
      if set.kind == .known, let photos = manifest.statistics?.photos {
        manifest.statistics?.photos = kept.map { photos[$0] }
      }
    }
    manifest.labelSets.removeAll { $0.labels.isEmpty }
    if manifest.labelSet(.known) == nil { forgetPhotos() }
  }

  /// Without known labels there is nothing that photos say.
  private mutating func forgetPhotos() {
    manifest.statistics = nil
    manifest.answer?.gate = nil
    manifest.answer?.unknown?.known = nil
    manifest.answer?.unknown?.heldOutKnown = []
  }

  /// Gives a label another name; what it is recognised by stays.
  ///
  /// - Throws: ``LabelError``.
  package mutating func rename(_ old: String, to new: String) throws(LabelError) {
    try checkThere(old)
    try Self.checkApart([new])
    try checkFree(new, besides: old)
    for index in manifest.labelSets.indices {
      manifest.labelSets[index].labels = manifest.labelSets[index].labels.map {
        $0 == old ? new : $0
      }
    }
  }

  private func checkThere(_ name: String) throws(LabelError) {
    let labels = labels
    guard labels.contains(name) else {
      let similar = labels.first { nameInPrompt($0) == nameInPrompt(name) }
      throw .unknown(name, similar: similar)
    }
  }

  private func checkFree(_ name: String, besides old: String?) throws(LabelError) {
    let key = nameInPrompt(name)
    if let taken = labels.first(where: { $0 != old && nameInPrompt($0) == key }) {
      throw .taken(name, by: taken)
    }
  }
}
