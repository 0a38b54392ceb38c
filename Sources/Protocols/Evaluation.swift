import Basics
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
  /// What is tested: an adapter, or the CLIP as it is.
  private struct Tested {
    /// Nil for zero-shot.
    var adapter: Adapter?
    /// The known labels' extra term.
    var discriminant: Discriminant?
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
    for (dataset, photos) in [(source, photos)] + others {
      let prompts = learner.prompts(photos.labels, template: dataset.template)
      for label in prompts.truncated {
        report(
          "\(dataset.name): the label \"\(label)\" is longer than the context of "
            + "\(learner.clip.texts.contextLength) tokens: its end is left out")
      }
    }
    let isZeroShot = plan == nil
    for count in isZeroShot ? [0] : shots {
      for seed in isZeroShot ? [0] : seeds {
        let known = isZeroShot ? photos : photos.shots(count, seed: seed)
        // The half is that of all labels with training photos, so shots do not change it.
        let trainedOn = evaluation == .baseToNovel ? known.half(.base) : known
        let trained = try train(source, trainedOn, shots: count, seed: seed)
        func add(
          _ set: PhotoSet, _ dataset: Dataset, _ trained: Tested, part: String,
          head: LabelScorer.Head
        ) throws {
          let logits = try logits(set, template: dataset.template, trained, head: head)
          let result = EvaluationResult(
            dataset: dataset.name, part: part, head: head, shots: count, seed: seed,
            logits: logits, actual: set.test.map(\.label))
          table.results.append(result)
          report(
            "\(result.dataset) \(part): \(Decimal.fixed(result.accuracy, 2)) % of \(result.photos)")
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
  ) throws -> Tested {
    let some = photos.train.isEmpty ? photos.test : photos.train
    let crops = try (0..<min(32, some.count)).map { index in
      try ImageFile.crop(
        some[index * some.count / min(32, some.count)].path, learner.preprocessing)
    }
    guard let plan = plan?(dataset) else { return Tested(crops: crops) }
    guard !photos.train.isEmpty else { throw DatasetError.nothingToTrainOn(dataset.title) }
    report(
      "training \(plan.geometry.method.rawValue) on \(photos.train.count) photos of "
        + "\(photos.labels.count) labels, seed \(seed)")
    let data = TrainingData(
      labels: photos.labels, template: dataset.template,
      shots: try learner.load(photos.train, for: plan))
    let fitted = try learner.fit(
      plan, data, seed: seed,
      onEpoch: { epoch in
        report(
          "epoch \(epoch.epoch) of \(plan.recipe.epochs(photos: photos.train.count)): "
            + "loss \(Decimal.fixed(epoch.loss, 3)), "
            + "\(Decimal.fixed(100 * epoch.accuracy, 1)) % of the shots")
      })
    if let tuning = fitted.tuning {
      report(
        "fusion: logit scale of the texts \(Decimal.fixed(Double(tuning.textScale), 4)), of the "
          + "discriminant \(Decimal.fixed(Double(tuning.discriminantScale), 4))")
    }
    try keep(fitted.adapter, seed, shots)
    return Tested(adapter: fitted.adapter, discriminant: fitted.discriminant, crops: crops)
  }

  /// Logits `[N, C]` of the photos to test on.
  private func logits(
    _ photos: PhotoSet, template: String, _ trained: Tested, head: LabelScorer.Head
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
