import ArgumentParser
import CLIPModel
import Training

/// A checkpoint into a model: by labels' names, by an adapter, or by training on photos.
struct ConvertCommand: ParsableCommand {
  /// The default command needs a name; nobody types this one.
  static let name = "checkpoint-to-model"

  static let conversionUsage = """
    mmrl-convert <checkpoint> --known <labels.txt> -o <model.mmrl> [<options>]
    """
  static let trainingUsage = """
    mmrl-convert <checkpoint> --train <folder> -o <model.mmrl> [<options>]
    """
  static let usage = conversionUsage + "\n" + trainingUsage

  static let examples = """
    Labels by name alone, one a line of a text file:
      mmrl-convert clip/ --known labels.txt -o my.mmrl
    Labels learnt from a few photos each, in one folder a label:
      mmrl-convert clip/ --train photos/ -o my.mmrl
    An adapter that was trained elsewhere:
      mmrl-convert clip/ --adapter a.pth.tar-10 --known base.txt -o my.mmrl
    More labels for a model that is there, by name alone:
      mmrl-convert label my.mmrl clip/ --novel more.txt -o my.mmrl

    Subcommands, each with --help: label adds labels to a model, encode writes features, verify \
    compares a model with its checkpoint, inspect describes any file, evaluate runs the papers' \
    protocols.

    Exit status: 0 all done, 1 a check failed or some images could not be read, 2 nothing could \
    be done, 64 wrong usage; interrupted, it ends by the signal.
    """

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Makes an .mmrl model out of a CLIP checkpoint.",
    usage: usage, discussion: examples, shouldDisplay: false, helpNames: .help)

  @OptionGroup var checkpoint: CheckpointArgument

  @OptionGroup(title: HelpSection.files) var labels: LabelOptions
  @OptionGroup(title: HelpSection.files) var adapter: AdapterOption
  @OptionGroup(title: HelpSection.files) var output: OutputOptions
  @OptionGroup(title: HelpSection.files) var photos: PhotoOptions
  @OptionGroup(title: HelpSection.files) var reading: ReadingOptions

  @OptionGroup(title: HelpSection.training) var training: TrainingOptions

  @OptionGroup(title: HelpSection.quantisation) var quantisation: QuantisationOptions

  @OptionGroup(title: HelpSection.papers) var preset: PresetOptions
  @OptionGroup(title: HelpSection.papers) var method: MethodOption
  @OptionGroup(title: HelpSection.papers) var settings: AdapterSettingsOptions
  @OptionGroup(title: HelpSection.papers) var recipe: RecipeOptions
  @OptionGroup(title: HelpSection.papers) var rounding: RoundingOption

  @Flag(help: .hidden) var auto = false

  func validate() throws {
    if auto {
      throw ValidationError(
        "--auto is gone: leave it out, and set what you want to change by the options under "
          + "\(HelpSection.papers.uppercased()).")
    }
    _ = try plan()
    try OutputConflict.refuse(
      [
        ("--output", output.output), ("--report", training.report),
        ("--save-adapter", training.saveAdapter),
      ],
      inputs: [
        labels.known, labels.novel, labels.train, adapter.adapter, output.licence,
      ] + reading.vocabularyFiles + quantisation.calibration, checkpoint: checkpoint.place)
  }

  func run() throws {
    switch try plan() {
    case .conversion(let conversion): try conversion.run()
    case .training(let run): try run.run()
    }
  }

  /// What the options ask for.
  private enum Plan {
    case conversion(Conversion)
    case training(TrainingRun)
  }

  /// - Throws: `ValidationError` when the options do not go together.
  private func plan() throws -> Plan {
    try labels.train.map { .training(try trainingRun(folder: $0)) } ?? .conversion(conversion())
  }

  private func conversion() throws -> Conversion {
    if let name = (training.given + preset.given + recipe.given).first {
      throw ValidationError("\(name) belongs to --train.")
    }
    if let known = labels.known, known == labels.novel {
      throw ValidationError(
        "--known and --novel both name \(known): a label is known or novel (leave one of them out)."
      )
    }
    guard labels.known != nil || labels.novel != nil else {
      throw ValidationError(
        "Name the labels: --known labels.txt, --novel labels.txt or both; or photos to learn from: "
          + "--train folder.")
    }
    return Conversion(
      source: try CheckpointSource(checkpoint, reading, rounding),
      output: ModelOutput(output, quantisation), known: labels.known, novel: labels.novel,
      adapter: try AdapterSource(adapter, method, settings),
      calibration: quantisation.calibration, access: photos.access)
  }

  private func trainingRun(folder: String) throws -> TrainingRun {
    guard labels.known == nil else {
      throw ValidationError(
        "--known and --train exclude each other: the folders of photos name the known labels.")
    }
    guard adapter.adapter == nil else {
      throw ValidationError("--adapter and --train exclude each other: --train makes an adapter.")
    }
    guard quantisation.calibration.isEmpty else {
      throw ValidationError(
        "--calibration and --train exclude each other: the photos serve for that too.")
    }
    let method = method.method ?? .mmrlPlusPlus
    return TrainingRun(
      source: try CheckpointSource(checkpoint, reading, rounding),
      output: ModelOutput(output, quantisation), photos: folder, access: photos.access,
      none: training.none ?? PhotoFolder.none, novel: labels.novel, method: method,
      preset: preset.preset ?? .photos, dataset: preset.dataset,
      options: try recipe.options(settings, for: method), shots: training.shots ?? 16,
      seed: training.seed ?? 1, resumes: training.resume,
      crossValidates: training.crossValidation, adapterPath: training.saveAdapter,
      reportPath: training.report)
  }
}
