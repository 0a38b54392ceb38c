import ArgumentParser
import Checkpoints
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Training

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

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The model to write.", valueName: "model.mmrl"))
  var output: String

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

  @Option(
    help: "The prompt, {} stands for the label; else the adapter's, else \"a photo of a {}.\"")
  var template: String?

  @OptionGroup var adapter: AdapterOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pictures to tune the quantisation on and check it with; else synthetic ones.",
      valueName: "files or folders"))
  var calibration: [String] = []

  @Option(help: "Mean cosine of int8 features to float ones below which nothing is written.")
  var leastCosine = 0.99

  @Flag(help: "Write the model even if it fails its check.")
  var allowInaccurate = false

  @Option(help: ArgumentHelp("A text file of the terms of use.", valueName: "file"))
  var licence: String?

  func validate() throws {
    guard known != nil || novel != nil else {
      throw ValidationError("Name the labels: --known labels.txt, --novel labels.txt or both.")
    }
    if let template, !template.contains(LabelPrompts.placeholder) {
      throw ValidationError("--template needs {} where the label goes.")
    }
    guard (0...1).contains(leastCosine) else {
      throw ValidationError("--least-cosine takes 0 to 1.")
    }
  }

  func run() throws {
    try OutputPlace.check(output)
    let checkpoint = try source.openCheckpoint()
    let adapter = try adapter.load(for: checkpoint)
    let tokenizer = try Tokenizer(for: checkpoint, vocabulary: source.vocab)
    let template = template ?? adapter?.template ?? LabelPrompts.defaultTemplate
    var sets: [Manifest.LabelSet] = []
    for (kind, path) in [(Manifest.LabelSet.Kind.known, known), (.novel, novel)] {
      guard let path else { continue }
      sets.append(
        Manifest.LabelSet(kind: kind, template: template, labels: try LabelFile.read(path)))
    }
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    let labels = try sets.map { set in
      let prompts = try LabelPrompts(
        set, clip: clip, tokens: adapter.map { TextTokens($0.adapter) }, tokenizer: tokenizer)
      prompts.sayWhatIsCut(clip.geometry)
      return prompts.labels
    }
    let maker = ModelMaker(
      export: ModelExport(
        checkpoint: checkpoint, clip: clip, adapter: adapter?.adapter, labels: labels),
      float: .float(clip, adapter?.adapter, Preprocessing(checkpoint.preprocessing)),
      provenance: try provenance(checkpoint), threads: source.threads)
    let pictures = try ModelMaker.Pictures(
      calibration, Preprocessing(checkpoint.preprocessing), workers: source.workers)
    let check = try maker.write(
      to: output, pictures, leastCosine: allowInaccurate ? nil : leastCosine)
    print(check.table)
    print("\(output): \(Decimal.grouped(try fileSize(output))) bytes")
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
      recipe: recipe, toolVersion: Version.text, licence: try licence.map(TextFile.read))
  }

  private func fileSize(_ path: String) throws -> Int {
    try ModelReader(path: path).fileLength
  }
}

extension LabelPrompts {
  /// Names labels that lost their ends.
  func sayWhatIsCut(_ geometry: CLIPGeometry) {
    for label in cut {
      Message.say(
        "the label \"\(label)\" is longer than the context of "
          + "\(geometry.contextLength) tokens: its end is left out")
    }
  }
}
