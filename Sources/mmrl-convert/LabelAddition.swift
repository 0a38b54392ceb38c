import Basics
import CLIPModel
import FloatMath
import ModelFile
import Quantization

/// New labels for a model, by name alone: only the text tower runs, and nothing else in the model changes.
struct LabelAddition {
  /// The model to read.
  var model: String
  /// The checkpoint that the model was made from.
  var source: CheckpointSource
  /// A text file of labels.
  var novel: String
  /// Whether the novel labels that the model has are dropped.
  var replaces: Bool
  /// The model to write; may be the one that is read.
  var output: String

  private static let features = "labels.novel.features"

  /// Writes the model.
  ///
  /// - Throws: when the labels or the checkpoint are not for this model; then nothing is written.
  func run() throws {
    try OutputPlace.check(output)
    let opened = try ModelAndCheckpoint(model, source)
    // Another checkpoint's features mean something else.
    if let difference = opened.difference { throw ConvertError(difference) }
    let reader = opened.model
    var manifest = reader.manifest
    let kept = replaces ? nil : manifest.labelSet(.novel)
    let added = try newLabels(manifest, kept: kept)
    let prompts = LabelPrompts(
      added, template: Self.template(manifest),
      tokenizer: try source.tokenizer(for: opened.checkpoint),
      contextLength: opened.checkpoint.geometry.contextLength)
    prompts.sayWhatIsTruncated(contextLength: opened.checkpoint.geometry.contextLength)
    let encoded = try LabelFeatures(
      prompts, texts: TextEncoder(checkpoint: opened.checkpoint, workers: source.workers),
      tokens: TextTokens(reader))

    var set = ModelExport.Labels(.novel, encoded).set
    var features = encoded.features.elements
    if let kept {
      set.labels = kept.labels + added
      features = try reader.floats(Self.features) + features
    }
    manifest.labelSets.removeAll { $0.kind == .novel }
    manifest.labelSets.append(set)
    try write(manifest, features, from: reader)
    let labels = added.count == 1 ? "label" : "labels"
    print("\(output): \(added.count) \(labels) added, \(set.labels.count) novel in all")
  }

  private func write(
    _ manifest: Manifest, _ features: [Float], from reader: ModelReader
  ) throws {
    var writer = try ModelWriter(path: output)
    for tensor in manifest.tensors {
      if tensor.name == Self.features {
        try writer.add(tensor.name, shape: tensor.shape, features)
      } else if tensor.isRequired || reader.entry(tensor.name) != nil {
        try writer.copy(tensor.name, of: reader)
      }
    }
    try writer.finish(manifest)
    try writer.commit()
  }

  /// The prompt of the labels that are there.
  private static func template(_ manifest: Manifest) -> String {
    (manifest.labelSet(.novel) ?? manifest.labelSets.first)?.template
      ?? LabelPrompts.defaultTemplate
  }

  /// The labels of the file that the model does not have.
  private func newLabels(_ manifest: Manifest, kept: Manifest.LabelSet?) throws -> [String] {
    let known = Set(manifest.labelSet(.known)?.labels.map(nameInPrompt) ?? [])
    let there = Set(kept?.labels.map(nameInPrompt) ?? [])
    let labels = try LabelFile.read(novel).filter { label in
      guard !there.contains(nameInPrompt(label)) else {
        Message.say("\(novel): the model has \"\(label)\" already")
        return false
      }
      return true
    }
    if let both = labels.first(where: { known.contains(nameInPrompt($0)) }) {
      throw ConvertError(
        "\(novel): \"\(both)\" is among the model's known labels (remove it there)")
    }
    guard !labels.isEmpty else {
      throw ConvertError("\(novel): no label that \(model) does not have")
    }
    return labels
  }
}

/// What tells labels apart: a prompt does not show whether a space was written '_', and case says little.
func nameInPrompt(_ label: String) -> String { words(ofLabel: label).lowercased() }
