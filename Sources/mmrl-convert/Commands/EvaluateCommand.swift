public import ArgumentParser
import CLIPModel
import Protocols
import Training

/// Runs a protocol of the papers and prints its table.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Runs a protocol of the papers on a data set.",
    usage: """
      mmrl-convert evaluate <checkpoint> --dataset <name> --root <folder> [<options>]
      """,
    discussion: """
      mmrl-convert evaluate clip.pt --dataset caltech101 --root data --method mmrl++

      The data sets lie below --root as CoOp's instructions lay them out.
      """,
    helpNames: .help)

  /// What is evaluated.
  enum Method: String, CaseIterable, ExpressibleByArgument {
    case zeroShot = "zero-shot"
    case mmrl
    case mmrlPlusPlus = "mmrl++"

    var adapter: AdapterMethod? {
      switch self {
      case .zeroShot: nil
      case .mmrl: .mmrl
      case .mmrlPlusPlus: .mmrlPlusPlus
      }
    }
  }

  /// What is evaluated, and where the figures go.
  struct Files: ParsableArguments {
    @Option(
      help: ArgumentHelp("The data set to train on (zero-shot: to test on).", valueName: "name"))
    var dataset: String

    @Option(help: ArgumentHelp("The folder that the data sets are in.", valueName: "folder"))
    var root: String

    @Option(name: .customLong("protocol"), help: "What to train and test on.")
    var evaluation: EvaluationProtocol = .baseToNovel

    @Option(help: "What to evaluate.")
    var method: Method = .zeroShot

    @Option(help: ArgumentHelp("Seeds of shots and training.", valueName: "1,2,3"))
    var seeds = NumberList(numbers: [1, 2, 3])

    @Option(
      help: ArgumentHelp(
        "Shots of a label; else 16, or 1,2,4,8,16 for few-shot.", valueName: "n,...")
    )
    var shots: NumberList?

    @Option(
      help: ArgumentHelp("Other data sets to test on; else the papers'.", valueName: "name,..."))
    var targets: String?

    @Option(help: "The engine that encodes the tested images.")
    var engine: EngineKind = .float

    @Option(help: ArgumentHelp("Write each trained adapter into this folder.", valueName: "folder"))
    var saveAdapters: String?

    @Option(help: ArgumentHelp("Write all figures as JSON.", valueName: "file"))
    var json: String?

    @Option(help: ArgumentHelp("Write all figures as CSV.", valueName: "file"))
    var csv: String?

    func validate() throws {
      if let shots, shots.numbers.contains(0) {
        throw ValidationError("--shots takes numbers from 1.")
      }
    }
  }

  @OptionGroup var checkpoint: CheckpointArgument
  @OptionGroup(title: HelpSection.files) var files: Files
  @OptionGroup(title: HelpSection.files) var reading: ReadingOptions
  @OptionGroup(title: HelpSection.papers) var preset: EvaluationPresetOption
  @OptionGroup(title: HelpSection.papers) var settings: AdapterSettingsOptions
  @OptionGroup(title: HelpSection.papers) var recipe: RecipeOptions
  @OptionGroup(title: HelpSection.papers) var rounding: RoundingOption

  func validate() throws {
    _ = try options()
    try OutputConflict.refuse(
      [("--json", files.json), ("--csv", files.csv)], inputs: reading.vocabularyFiles,
      checkpoint: checkpoint.place)
  }

  func run() throws {
    try ProtocolRun(
      source: try CheckpointSource(checkpoint, reading, rounding), evaluation: files.evaluation,
      dataset: files.dataset, root: files.root,
      targets: files.targets.map { $0.split(separator: ",").map(String.init) },
      method: files.method.rawValue, adapter: files.method.adapter, preset: preset.preset,
      options: try options(), seeds: files.seeds.numbers, shots: files.shots?.numbers,
      engine: files.engine, adapterFolder: files.saveAdapters, jsonPath: files.json,
      csvPath: files.csv
    ).run()
  }

  /// - Throws: `ValidationError` for options that would be ignored.
  private func options() throws -> AdapterPlan.Options {
    if let method = files.method.adapter { return try recipe.options(settings, for: method) }
    let given =
      (preset.preset == nil ? [] : ["--preset"]) + (files.shots == nil ? [] : ["--shots"])
      + settings.given + recipe.given
    if let name = given.first { throw ValidationError("\(name) needs a --method that trains.") }
    return AdapterPlan.Options()
  }
}

/// Where the settings of an evaluation begin.
struct EvaluationPresetOption: ParsableArguments {
  @Option(help: "The recipe; else the one that the papers have for the protocol.")
  var preset: AdapterPlan.Preset?
}

extension EvaluationProtocol: ExpressibleByArgument {}

/// Whole numbers from 0 in any order, written `1,2,3`.
struct NumberList: ExpressibleByArgument, CustomStringConvertible {
  let numbers: [Int]

  init(numbers: [Int]) { self.numbers = numbers }

  var description: String { numbers.map(String.init).joined(separator: ",") }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    numbers = parts.compactMap { Int($0) }.filter { $0 >= 0 }
    guard numbers.count == parts.count, Set(numbers).count == numbers.count else { return nil }
  }
}
