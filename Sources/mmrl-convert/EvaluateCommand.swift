import ArgumentParser
import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import Inference
import ModelFile
import Protocols
import Quantization
import Training

/// Runs a protocol of the papers and prints its table.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Run a protocol of the papers on a data set.",
    discussion: """
      mmrl-convert evaluate clip.pt --dataset caltech101 --root data --method mmrl++

      The data sets lie below --root as CoOp's instructions lay them out.
      """)

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

  @OptionGroup var source: SourceOptions

  @Option(
    help: ArgumentHelp("The data set to train on (zero-shot: to test on).", valueName: "name"))
  var dataset: String

  @Option(help: "The folder that the data sets are in.")
  var root: String

  @Option(name: .customLong("protocol"), help: "What to train and test on.")
  var evaluation: EvaluationProtocol = .baseToNovel

  @Option(help: "What to evaluate.")
  var method: Method = .zeroShot

  @Option(help: "The recipe; else the protocol's of the papers.")
  var preset: AdapterPlan.Preset?

  @Option(help: ArgumentHelp("Seeds of shots and training.", valueName: "1,2,3"))
  var seeds = NumberList(numbers: [1, 2, 3])

  @Option(
    help: ArgumentHelp("Shots of a label; else 16, or 1,2,4,8,16 for few-shot.", valueName: "n,...")
  )
  var shots: NumberList?

  @Option(
    help: ArgumentHelp("Other data sets to test on; else the papers'.", valueName: "name,..."))
  var targets: String?

  @Option(help: "The engine that encodes the tested photos.")
  var engine: EngineKind = .float

  @OptionGroup var training: TrainingOptions

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
    try training.check(for: method.adapter)
    if method == .zeroShot, preset != nil || shots != nil {
      throw ValidationError("--preset and --shots need a --method that trains.")
    }
  }

  func run() throws {
    try OutputPlace.check(json, csv)
    if let saveAdapters {
      try FileManager.default.createDirectory(
        atPath: saveAdapters, withIntermediateDirectories: true)
    }
    let checkpoint = try source.openCheckpoint()
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    let learner = FewShotLearner(
      clip: clip, preprocessing: checkpoint.preprocessing,
      tokenizer: try Tokenizer(for: checkpoint, vocabulary: source.vocab))
    let dataset = try Dataset.named(dataset)
    let names = targets.map { $0.split(separator: ",").map(String.init) } ?? evaluation.targets
    let options = try training.options(for: checkpoint.geometry)
    var plan: ((Dataset) -> AdapterPlan)?
    if let method = method.adapter {
      plan = { dataset in
        AdapterPlan(
          preset ?? evaluation.preset, method: method, dataset: dataset,
          clip: checkpoint.geometry, template: dataset.template, options: options)
      }
    }
    var settings = ["checkpoint": checkpoint.path.lastPathComponent]
    if source.roundsToHalf { settings["fp16-rounding"] = "true" }
    for (name, value) in plan?(dataset).description ?? [] { settings[name] = value }
    var table = EvaluationTable(
      evaluation: evaluation.rawValue, method: method.rawValue, engine: engine.rawValue,
      settings: settings)
    try Evaluation(
      evaluation, learner: learner, root: root, plan: plan, beta: options.beta,
      encoder: engine == .float
        ? { adapter, _ in { learner.features(of: $0, adapter: adapter) } }
        : { adapter, crops in
          let path = FileManager.default.temporaryDirectory
            .appendingPathComponent("mmrl-\(UUID().uuidString).mmrl").path
          return try TowerEncoder.int8(
            checkpoint, clip, adapter,
            ModelExport.Calibration(source: "training photos", crops: crops), beside: path,
            threads: source.threads
          ).encode
        },
      report: Message.say,
      keep: { adapter, seed, shots in
        guard let saveAdapters else { return }
        try adapter.stored(notes: settings).write(
          to: "\(saveAdapters)/\(dataset.name)-\(shots)-\(seed).safetensors")
      }
    ).run(
      source: dataset, targets: try names.map(Dataset.named), seeds: seeds.numbers,
      shots: shots?.numbers ?? (evaluation == .fewShot ? [1, 2, 4, 8, 16] : [16]), into: &table)
    print(table.text, terminator: "")
    if let json { try OutputPlace.write(try table.json(), to: json) }
    if let csv { try OutputPlace.write(table.csv, to: csv) }
  }
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
