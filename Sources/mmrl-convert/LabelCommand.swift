import ArgumentParser
import CLIPModel
import FloatMath
import FoundationEssentials
import ModelFile
import Quantization

/// New labels for a model, by name alone.
struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label", abstract: "Add novel labels to a model, by name alone.",
    usage: "mmrl-convert label <model.mmrl> <checkpoint> --novel <labels.txt> -o <model.mmrl>",
    discussion: """
      mmrl-convert label my.mmrl clip/ --novel more.txt -o my.mmrl

      The model's known labels, its novel ones and its image tower stay as they are. The checkpoint \
      is the one that the model was made from; photos and adapter are not needed.
      """)

  @OptionGroup var options: ModelOptions

  @Option(help: ArgumentHelp("A text file of labels, one a line.", valueName: "labels.txt"))
  var novel: String

  @Flag(help: "Only these novel labels: those that the model has are dropped.")
  var replace = false

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The model to write; may be the one that is read.", valueName: "model.mmrl"))
  var output: String

  func run() throws {
    try OutputPlace.check(output)
    let reader = try ModelReader.open(options.model)
    let kept = replace ? nil : reader.manifest.labelSet(.novel)
    let added = try newLabels(reader.manifest, kept: kept)
    let (checkpoint, difference) = try options.openCheckpoint(of: reader.manifest)
    // Another one's features mean something else.
    if let difference { throw ConvertError(difference) }
    let prompts = LabelPrompts(
      added, template: template(reader.manifest),
      tokenizer: try Tokenizer(for: checkpoint, vocabulary: options.source.vocab),
      contextLength: checkpoint.geometry.contextLength)
    prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
    let labels = ModelExport.Labels(
      .novel,
      try LabelFeatures(
        prompts, texts: TextEncoder(checkpoint: checkpoint, workers: options.source.workers),
        tokens: TextTokens(reader)))

    var set = labels.set
    var features = labels.features.elements
    if let kept {
      set.labels = kept.labels + added
      features = try reader.floats(Self.features) + features
    }
    var manifest = reader.manifest
    manifest.labelSets.removeAll { $0.kind == .novel }
    manifest.labelSets.append(set)
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
    print(
      "\(output): \(added.count) \(added.count == 1 ? "label" : "labels") added, \(set.labels.count) novel in all"
    )
  }

  private static let features = "labels.novel.features"

  /// The prompt of the labels that are there.
  private func template(_ manifest: Manifest) -> String {
    (manifest.labelSet(.novel) ?? manifest.labelSets.first)?.template
      ?? LabelPrompts.defaultTemplate
  }

  /// The labels of the file that the model does not have.
  private func newLabels(_ manifest: Manifest, kept: Manifest.LabelSet?) throws -> [String] {
    func same(_ label: String) -> String { words(ofLabel: label).lowercased() }
    let known = Set(manifest.labelSet(.known)?.labels.map(same) ?? [])
    let there = Set(kept?.labels.map(same) ?? [])
    let labels = try LabelFile.read(novel).filter { label in
      guard !there.contains(same(label)) else {
        Message.say("\(novel): the model has \"\(label)\" already")
        return false
      }
      return true
    }
    if let both = labels.first(where: { known.contains(same($0)) }) {
      throw ConvertError(
        "\(novel): \"\(both)\" is among the model's known labels (remove it there)")
    }
    guard !labels.isEmpty else {
      throw ConvertError("\(novel): no label that \(options.model) does not have")
    }
    return labels
  }
}
