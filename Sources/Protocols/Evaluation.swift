public import CLIPModel
import FloatMath
public import Imaging
public import Training

/// The papers' protocols.
public enum EvaluationProtocol: String, Sendable, CaseIterable {
  /// Train on the base half; base labels by fusion, novel ones by class.
  case baseToNovel = "base-to-novel"
  /// Train on all labels with 1, 2, 4, 8 and 16 shots; fusion.
  case fewShot = "few-shot"
  /// Train on one data set, test on the others by class with the target's beta.
  case crossDataset = "cross-dataset"
  /// The same, on shifted versions of ImageNet.
  case domainGeneralisation = "domain-generalisation"

  /// Data sets that are tested on unless others are named, besides the one trained on.
  public var targets: [String] {
    switch self {
    case .baseToNovel, .fewShot: []
    case .crossDataset:
      [
        "caltech101", "oxford_pets", "stanford_cars", "oxford_flowers", "food101",
        "fgvc_aircraft", "sun397", "dtd", "eurosat", "ucf101",
      ]
    case .domainGeneralisation: ["imagenetv2", "imagenet_sketch", "imagenet_a", "imagenet_r"]
    }
  }

  /// The published recipe.
  public var preset: AdapterPlan.Preset {
    switch self {
    case .baseToNovel: .baseToNovel
    case .fewShot: .fewShot
    case .crossDataset, .domainGeneralisation: .crossDataset
    }
  }
}

/// Runs a protocol of the papers: trains on shots where there is a method to train, and tests.
public struct Evaluation {
  /// An adapter with what belongs to the labels that it was trained on; no adapter for zero-shot.
  public struct Trained: Sendable {
    /// The adapter.
    public var adapter: Adapter?
    /// The known labels' extra term.
    public var discriminant: Discriminant?
    /// Crops of some training photos.
    var crops: [Image]
  }

  /// Makes an encoder of crops with an adapter, and with some crops of training photos to tune a quantisation on; called once
  /// for each adapter and each beta.
  public typealias EncoderFactory = (Adapter?, [Image]) throws -> ([Image]) throws ->
    ImageFeatures

  private let learner: FewShotLearner
  private let evaluation: EvaluationProtocol
  private let root: String
  private let encoder: EncoderFactory
  private let report: (String) -> Void
  private let keep: (Adapter, _ seed: Int, _ shots: Int) throws -> Void
  /// Nil for zero-shot.
  private let plan: ((Dataset) -> AdapterPlan)?
  private let beta: Float?

  /// Gets ready to run a protocol.
  ///
  /// - Parameters:
  ///   - evaluation: the protocol.
  ///   - learner: the backbone.
  ///   - root: the folder of data sets.
  ///   - plan: what to train for a data set; nil evaluates the CLIP as it is.
  ///   - beta: of the adapter where it is tested on other data sets; nil takes what the papers set for each.
  ///   - encoder: makes the engine that the tested photos are encoded by.
  ///   - report: told what is being done.
  ///   - keep: given each trained adapter.
  public init(
    _ evaluation: EvaluationProtocol, learner: FewShotLearner, root: String,
    plan: ((Dataset) -> AdapterPlan)?, beta: Float? = nil, encoder: @escaping EncoderFactory,
    report: @escaping (String) -> Void,
    keep: @escaping (Adapter, _ seed: Int, _ shots: Int) throws -> Void = { _, _, _ in }
  ) {
    self.evaluation = evaluation
    self.learner = learner
    self.root = root
    self.plan = plan
    self.beta = beta
    self.encoder = encoder
    self.report = report
    self.keep = keep
  }

  /// Runs the protocol.
  ///
  /// - Parameters:
  ///   - source: the data set to train on (zero-shot: to test on).
  ///   - targets: other data sets to test on, for the protocols that have them.
  ///   - seeds: of shots and training.
  ///   - shots: photos of a label at most; the few-shot protocol runs each.
  ///   - table: gets the figures.
  /// - Throws: when a data set or a photo cannot be read.
  public func run(
    source: Dataset, targets: [Dataset], seeds: [Int], shots: [Int],
    into table: inout EvaluationTable
  ) throws {
    let photos = try source.read(root: root)
    let others = try targets.map { ($0, try $0.read(root: root)) }
    let isZeroShot = plan == nil
    for count in isZeroShot ? [0] : shots {
      for seed in isZeroShot ? [0] : seeds {
        let known = isZeroShot ? photos : photos.shots(count, seed: seed)
        // The half is that of all labels with training photos, so shots do not change it.
        let trainedOn = evaluation == .baseToNovel ? known.half(.base) : known
        let trained = try train(source, trainedOn, shots: count, seed: seed)
        func add(
          _ set: PhotoSet, _ dataset: Dataset, _ trained: Trained, part: String,
          head: LabelScorer.Head
        ) throws {
          let logits = try logits(set, template: dataset.template, trained, head: head)
          let result = EvaluationResult(
            dataset: dataset.name, part: part, head: head, shots: count, seed: seed,
            logits: logits, actual: set.test.map(\.label))
          table.results.append(result)
          report("\(result.dataset) \(part): \(decimal(result.accuracy, 2)) % of \(result.photos)")
        }
        if evaluation == .baseToNovel {
          try add(trainedOn, source, trained, part: "base", head: .fusion)
          try add(known.half(.novel), source, trained, part: "novel", head: .classOnly)
        } else {
          try add(known, source, trained, part: "all", head: .fusion)
        }
        for (dataset, set) in others {
          var moved = trained
          moved.adapter?.settings.beta =
            trained.adapter?.geometry.method == .mmrlPlusPlus ? beta ?? dataset.targetBeta : 1
          try add(set, dataset, moved, part: "all", head: .classOnly)
        }
      }
    }
  }

  private func train(
    _ dataset: Dataset, _ photos: PhotoSet, shots: Int, seed: Int
  ) throws -> Trained {
    let some = photos.train.isEmpty ? photos.test : photos.train
    let crops = try (0..<min(32, some.count)).map { index in
      learner.preprocessing.crop(
        try ImageFile.decode(some[index * some.count / min(32, some.count)].path))
    }
    guard let plan = plan?(dataset) else { return Trained(crops: crops) }
    guard !photos.train.isEmpty else { throw FewShotError.nothingToTrainOn(dataset.title) }
    report(
      "training \(plan.geometry.method.rawValue) on \(photos.train.count) photos of "
        + "\(photos.labels.count) labels, seed \(seed)")
    let store = try PhotoStore(
      photos.train, preprocessing: learner.preprocessing, workers: learner.clip.workers)
    var trainer = try learner.trainer(plan, labels: photos.labels, photos: store, seed: seed)
    let untrained = trainer.adapter
    while !trainer.isFinished {
      let epoch = trainer.trainEpoch()
      report(
        "epoch \(epoch.epoch) of \(trainer.recipe.epochs): loss \(decimal(epoch.loss, 3)), "
          + "\(decimal(100 * epoch.accuracy, 1)) % of the shots")
    }
    try keep(trainer.adapter, seed, shots)
    var trained = Trained(adapter: trainer.adapter, crops: crops)
    if plan.addsDiscriminant {
      let labelCount = photos.labels.count
      func texts(_ adapter: Adapter?) throws -> Matrix {
        try learner.texts(photos.labels, template: dataset.template, adapter: adapter).features
      }
      let zeroShot = learner.shots(store, labelCount: labelCount, adapter: nil)
        .zeroShot(texts: try texts(nil))
      let tuning = learner.shots(store, labelCount: labelCount, adapter: untrained)
        .tuneFusion(zeroShot: zeroShot)
      report(
        "fusion: texts count \(decimal(Double(tuning.texts), 4)), "
          + "the discriminant \(decimal(Double(tuning.discriminant), 4)) times")
      let adapter = trainer.adapter
      trained.discriminant = learner.shots(store, labelCount: labelCount, adapter: adapter)
        .discriminant(tuning, texts: try texts(adapter), alpha: adapter.settings.alpha)
    }
    return trained
  }

  /// Logits `[N, C]` of the photos to test on.
  private func logits(
    _ photos: PhotoSet, template: String, _ trained: Trained, head: LabelScorer.Head
  ) throws -> Matrix {
    guard !photos.test.isEmpty else { return Matrix(rows: 0, columns: photos.labels.count) }
    let scorer = LabelScorer(
      texts: try learner.texts(
        photos.labels, template: template, adapter: trained.adapter
      ).features,
      alpha: trained.adapter?.settings.alpha ?? 1, discriminant: trained.discriminant)
    let features = try learner.features(
      of: photos.test, encode: try encoder(trained.adapter, trained.crops))
    return scorer.logits(features, head: head)
  }
}
