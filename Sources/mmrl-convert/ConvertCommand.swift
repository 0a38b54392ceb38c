import ArgumentParser
import CLIPModel
import Checkpoints
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Quantization

/// A checkpoint, and an adapter if there is one, into a model file.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Make a model (the default).",
    usage: """
      mmrl-convert <checkpoint> --known <labels.txt> -o <model.mmrl> [<options>]
      """,
    discussion: """
      Label files are text in UTF-8, one label a line; blank lines and lines that begin with # do \
      not count.
      """)

  @OptionGroup var source: SourceOptions

  @OptionGroup var model: ExportOptions

  @Option(
    help: ArgumentHelp(
      "Labels that an adapter was trained on (any, without one): a text file, one a line.",
      valueName: "labels.txt"))
  var known: String?

  @Option(
    help: ArgumentHelp(
      "Labels that an adapter was not trained on, scored by the class head alone.",
      valueName: "labels.txt"))
  var novel: String?

  @OptionGroup var adapter: AdapterOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pictures to tune the quantisation on and check it with; else synthetic ones.",
      valueName: "files or folders"))
  var calibration: [String] = []

  @Flag(help: "Write the model even if it fails its check.")
  var allowInaccurate = false

  func validate() throws {
    guard known != nil || novel != nil else {
      throw ValidationError("Name the labels: --known labels.txt, --novel labels.txt or both.")
    }
  }

  func run() throws {
    try OutputPlace.check(model.output)
    let checkpoint = try source.openCheckpoint()
    let adapter = try adapter.load(for: checkpoint)
    let tokenizer = try Tokenizer(for: checkpoint, vocabulary: source.vocab)
    let template = model.template ?? adapter?.template ?? LabelPrompts.defaultTemplate
    var sets: [(Manifest.LabelSet.Kind, [String])] = []
    for (kind, path) in [(Manifest.LabelSet.Kind.known, known), (.novel, novel)] {
      guard let path else { continue }
      sets.append((kind, try LabelFile.read(path)))
    }
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    let labels = try sets.map { kind, names in
      let prompts = LabelPrompts(
        names, template: template, tokenizer: tokenizer, contextLength: clip.texts.contextLength)
      prompts.sayWhatIsTruncated(contextLength: clip.texts.contextLength)
      return ModelExport.Labels(
        kind,
        try LabelFeatures(
          prompts, texts: clip.texts, tokens: adapter.map { TextTokens($0.adapter) }))
    }
    let maker = ModelMaker(
      export: ModelExport(
        checkpoint: checkpoint, clip: clip, adapter: adapter?.adapter, labels: labels),
      float: .float(clip, adapter?.adapter, checkpoint.preprocessing),
      provenance: try provenance(checkpoint), threads: source.threads)
    let pictures = try ModelMaker.Pictures(
      calibration, checkpoint.preprocessing, workers: source.workers)
    try maker.write(
      to: model.output, pictures, leastCosine: allowInaccurate ? nil : model.leastCosine)
  }

  private func provenance(_ checkpoint: CLIPCheckpoint) throws -> Manifest.Provenance {
    var recipe: [String: String] = [:]
    if source.roundsToHalf { recipe["fp16-rounding"] = "true" }
    return Manifest.Provenance(
      checkpoint: Manifest.Provenance.Source(
        name: checkpoint.path.lastPathComponent, sha256: checkpoint.file.sha256()),
      adapter: try adapter.adapter.map { path in
        Manifest.Provenance.Source(
          name: path.lastPathComponent, sha256: try Checkpoint(path: path).sha256())
      },
      recipe: recipe, toolVersion: Version.text, licence: try model.readLicence())
  }
}

extension LabelPrompts {
  /// Names labels that lost their ends.
  func sayWhatIsTruncated(contextLength: Int) {
    for label in truncated {
      Message.say(
        "the label \"\(label)\" is longer than the context of "
          + "\(contextLength) tokens: its end is left out")
    }
  }
}
