import Basics
import CLIPModel
import FoundationEssentials
import Protocols
import Quantization
import Training

/// A protocol of the papers on a data set, with its table printed and written.
struct ProtocolRun {
  /// The CLIP.
  var source: CheckpointSource
  /// What is trained and tested on.
  var evaluation: EvaluationProtocol
  /// The name of the data set to train on.
  var dataset: String
  /// The folder that the data sets are in.
  var root: String
  /// Names of other data sets to test on; nil takes the papers'.
  var targets: [String]?
  /// What the table says is evaluated.
  var method: String
  /// What is trained; nil is zero-shot.
  var adapter: AdapterMethod?
  /// Where its settings begin; nil takes the protocol's.
  var preset: AdapterPlan.Preset?
  /// What is changed about them.
  var options: AdapterPlan.Options
  /// Of shots and training.
  var seeds: [Int]
  /// Shots of a label; nil takes the protocol's.
  var shots: [Int]?
  /// What encodes the tested images.
  var engine: EngineKind
  /// Where trained adapters go; nil keeps none.
  var adapterFolder: String?
  /// Where all figures go as JSON.
  var jsonPath: String?
  /// Where all figures go as CSV.
  var csvPath: String?

  /// Runs the protocol.
  ///
  /// - Throws: when data sets are missing or something cannot be read or written.
  func run() throws {
    try OutputPlace.check(jsonPath, csvPath)
    if let adapterFolder {
      try FileManager.default.createDirectory(
        atPath: adapterFolder, withIntermediateDirectories: true)
    }
    let checkpoint = try source.open()
    try options.check(fits: checkpoint.geometry)
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    let learner = FewShotLearner(
      clip: clip, preprocessing: checkpoint.preprocessing,
      tokenizer: try source.tokenizer(for: checkpoint))
    let dataset = try Dataset.named(dataset)
    let targets = try (targets ?? evaluation.targets).map(Dataset.named)
    let plan = plan(checkpoint.geometry)
    let settings = settings(checkpoint, plan?(dataset))
    var table = EvaluationTable(
      evaluation: evaluation.rawValue, method: method, engine: engine.rawValue, settings: settings)
    try Evaluation(
      evaluation, learner: learner, root: root, plan: plan, beta: options.beta,
      encoder: encoder(checkpoint, learner), report: Message.say,
      keep: { adapter, seed, shots in
        guard let adapterFolder else { return }
        try adapter.stored(notes: settings).write(
          to: "\(adapterFolder)/\(dataset.name)-\(shots)-\(seed).safetensors")
      }
    ).run(
      source: dataset, targets: targets, seeds: seeds,
      shots: shots ?? (evaluation == .fewShot ? [1, 2, 4, 8, 16] : [16]), into: &table)
    print(table.text(width: Terminal.columnsOfResults), terminator: "")
    if let jsonPath { try OutputPlace.write(try table.json(), to: jsonPath) }
    if let csvPath { try OutputPlace.write(table.csv, to: csvPath) }
  }

  /// What is trained on a data set; nil is zero-shot.
  private func plan(_ geometry: CLIPGeometry) -> ((Dataset) -> AdapterPlan)? {
    adapter.map { method in
      { dataset in
        AdapterPlan(
          preset ?? evaluation.preset, method: method, dataset: dataset, clip: geometry,
          template: dataset.template, options: options)
      }
    }
  }

  private func settings(_ checkpoint: CLIPCheckpoint, _ plan: AdapterPlan?) -> [String: String] {
    var settings = ["checkpoint": checkpoint.path.lastPathComponent]
    settings.merge(ReadingRecipe.entries(of: checkpoint)) { $1 }
    for (name, value) in plan?.description ?? [] { settings[name] = value }
    return settings
  }

  /// What makes an encoder of an adapter, given crops to calibrate int8 on.
  private func encoder(
    _ checkpoint: CLIPCheckpoint, _ learner: FewShotLearner
  ) -> Evaluation.EncoderFactory {
    switch engine {
    case .float:
      return { adapter, _ in { learner.features(of: $0, adapter: adapter) } }
    case .int8:
      return { adapter, crops in
        let path = FileManager.default.temporaryDirectory
          .appendingPathComponent("mmrl-\(UUID().uuidString).mmrl").path
        return try TowerEncoder.int8(
          checkpoint, learner.clip, adapter,
          ModelExport.Calibration(source: "training photos", crops: crops), beside: path,
          threads: source.threads
        ).encode
      }
    }
  }
}
