import Basics
import CLIPModel
import FloatMath
import Labelling
import ModelFile
import Quantization
import Tokenization

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

  /// Writes the model.
  ///
  /// - Throws: when the labels or the checkpoint are not for this model; then nothing is written.
  func run() throws {
    try OutputPlace.check(output)
    let opened = try ModelAndCheckpoint(model, source)
    // Another checkpoint's features mean something else.
    if let difference = opened.difference { throw ConvertError(difference) }
    var edit = LabelEdit(opened.model)
    let template = edit.template
    if replaces { edit.removeNovel() }
    let added = try newLabels(edit.manifest)
    try edit.add(encode(added, template: template, opened))
    try edit.write(to: output)
    if let warning = LabelEdit.warning(ofLabels: edit.labels) { Message.say(warning) }
    let all = edit.manifest.labelSet(.novel)?.labels.count ?? 0
    print("\(output): \(Decimal.counted(added.count, "label")) added, \(all) novel in all")
  }

  /// The labels' features by the checkpoint's text tower in float.
  private func encode(
    _ labels: [String], template: String, _ opened: ModelAndCheckpoint
  ) throws -> EncodedLabels {
    let contextLength = opened.checkpoint.geometry.contextLength
    let prompts = LabelPrompts(
      labels, template: template, tokenizer: try source.tokenizer(for: opened.checkpoint),
      contextLength: contextLength)
    prompts.sayWhatIsTruncated(contextLength: contextLength)
    let encoded = try LabelFeatures(
      prompts, texts: TextEncoder(checkpoint: opened.checkpoint, workers: source.workers),
      tokens: TextTokens(opened.model))
    return EncodedLabels(
      labels: labels, template: template,
      features: labels.indices.map { encoded.features[rows: $0..<$0 + 1].elements },
      contextLength: contextLength)
  }

  /// The labels of the file that the model does not have.
  private func newLabels(_ manifest: Manifest) throws -> [String] {
    let known = Set(manifest.labelSet(.known)?.labels.map(nameInPrompt) ?? [])
    let there = Set(manifest.labelSet(.novel)?.labels.map(nameInPrompt) ?? [])
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
