import ArgumentParser
import Basics
import CLIPModel
import FloatMath
import Imaging
import Protocols
import Training

/// Photos of labels into a trained adapter and a model.
struct TrainingRun {
  /// The CLIP.
  var source: CheckpointSource
  /// The model to write.
  var output: ModelOutput
  /// A folder with one folder of photos a label, or a CoOp-style split.
  var photos: String
  /// How their files are read.
  var access: ImageAccess
  /// The name of its folder of photos that are of none of the labels.
  var none: String
  /// Labels that are scored without training: a text file, or a folder of photos to measure by.
  var novel: String?
  /// What is trained.
  var method: AdapterMethod
  /// Where its settings begin.
  var preset: AdapterPlan.Preset
  /// The papers' data set whose settings to take; nil takes those of any other.
  var dataset: String?
  /// What is changed about the settings.
  var options: AdapterPlan.Options
  /// Photos of a label to learn from, at most.
  var shots: Int
  /// Of everything random.
  var seed: Int
  /// Whether to go on from the state of an interrupted run.
  var resumes: Bool
  /// Whether to measure by cross-validation how well the model does.
  var crossValidates: Bool
  /// Where to write the adapter too.
  var adapterPath: String?
  /// Where to write the report.
  var reportPath: String?

  /// Trains, and writes what is asked for.
  ///
  /// - Throws: what keeps the model from being made; `ExitCode.partly` when it failed its check, or when it was made but some
  ///   photos could not be read.
  func run() throws {
    try OutputPlace.check(output.path, adapterPath, reportPath)
    try Interruption.catchSignals()
    let statePath = output.path + ".training"
    Interruption.onSignal { Self.end(KeptState.textOfInterruption(statePath)) }
    var checkpoint = try source.open()
    checkpoint.preprocessing.region = output.region
    try options.check(fits: checkpoint.geometry)
    let dataset = try dataset.map(Dataset.named)
    let template = output.template ?? dataset?.template ?? LabelPrompts.defaultTemplate
    let plan = AdapterPlan(
      preset, method: method, dataset: dataset, clip: checkpoint.geometry, template: template,
      options: options)
    var learner = try FewShotLearner(
      checkpoint: checkpoint, tokenizer: source.tokenizer(for: checkpoint), workers: source.workers)
    learner.pixelLimit = access.pixelLimit
    var progress = Progress()
    var read = learner.noPhotos(for: plan)
    let (folder, drawn) = try drawPhotos(&read, &progress)
    let data = TrainingData(
      labels: drawn.labels, template: template,
      shots: try learner.load(drawn.train, for: plan, read: read))
    let others = folder.others.filter { NovelLabels.isReadable($0, access) }
    let unreadableOthers = folder.others.count - others.count
    let beside = others.isEmpty ? "" : ", \(others.count) of nothing in particular"
    Message.say(
      "\(Decimal.counted(drawn.labels.count, "label")), \(Decimal.counted(drawn.train.count, "photo")) to learn from\(beside)"
    )
    let sha256 = progress.during("reading the checkpoint") { checkpoint.file.sha256() }
    let state = KeptState(
      path: statePath, facts: facts(plan, sha256, drawn), resumes: resumes)
    try state.prepare()
    let novel = try novel.map { try NovelLabels($0, access, known: drawn.labels) }
    progress.epochs = plan.recipe.epochs(photos: data.shots.labels.count)
    let frozen = try FrozenFeatures(
      data, by: learner, for: plan, seed: seed, onEncode: { progress.encode($0) })
    let fitted = try learner.fit(
      plan, data, seed: seed, frozen: frozen,
      state: TrainingStateFile(
        path: state.path, facts: state.facts, resumes: state.continues),
      onEncode: { progress.encode($0) }, onStep: { progress.step($0, $1) })
    let findings = try measure(plan, data, drawn, frozen, fitted, by: learner, &progress)
    let trained = TrainedModel(
      run: self, checkpoint: checkpoint, sha256: sha256, learner: learner, data: data,
      photos: drawn.train, others: others, fitted: fitted, frozen: frozen, findings: findings,
      novel: novel,
      problems: folder.problems.map(Self.text))
    try trained.export(&progress)
    Interruption.onSignal { Interruption.endIfCome() }
    state.remove()
    let unreadable =
      folder.problems.count(where: \.isUnreadable) + unreadableOthers + (novel?.unreadable ?? 0)
    guard unreadable == 0 else {
      Message.say("\(unreadable) of the images could not be read: the model was made without them")
      throw ExitCode.partly
    }
  }

  /// Says what is kept, and ends as the signal would have ended it.
  private static func end(_ text: String) {
    if Message.isSeen { Message.write("\n") }
    Message.say(text)
    Interruption.endIfCome()
  }

  /// How well the model does: on the validation photos of a split, else by cross-validation; nil where neither can be.
  private func measure(
    _ plan: AdapterPlan, _ data: TrainingData, _ drawn: PhotoSet, _ frozen: FrozenFeatures,
    _ fitted: FittedAdapter, by learner: FewShotLearner, _ progress: inout Progress
  ) throws -> Findings? {
    guard drawn.validation.isEmpty else {
      return Findings(
        try learner.validate(drawn.validation, frozen, fitted), .validationPhotos,
        labels: data.labels)
    }
    guard crossValidates else { return nil }
    let validation = try learner.crossValidate(
      plan, data, photos: drawn.train, seed: seed, frozen: frozen, onProgress: { progress.fold($0) }
    )
    return validation.map {
      Findings($0.measurement, .crossValidation($0), labels: data.labels)
    }
  }

  /// Lists the photos and draws those to learn from; says what was odd about them, whether or not that is enough of them.
  ///
  /// - Parameters:
  ///   - read: is added what was decoded.
  ///   - progress: is told how far it is.
  /// - Returns: all that was found, and what was drawn.
  /// - Throws: `PhotoFolderError`, `DatasetError`.
  private func drawPhotos(
    _ read: inout ReadPhotos, _ progress: inout Progress
  ) throws -> (PhotoFolder, PhotoSet) {
    do {
      var folder = try PhotoFolder(
        folderOrSplit: photos, none: none, lookingIntoAll: access.looksIntoAll)
      // Those that are drawn unless some cannot be read, on all threads.
      var found = folder
      let likely = try? found.draw(shots: shots, seed: seed) { _ in nil }
      read.read((likely?.train ?? []).map(\.path), workers: source.workers) {
        progress.pass("reading photos", $0, of: $1)
      }
      let drawn = try folder.draw(shots: shots, seed: seed) { read.problem($0)?.whyWithRemedy }
      for problem in folder.problems { Message.say(Self.text(problem)) }
      return (folder, drawn)
    } catch let error as PhotoFolderError {
      for problem in error.problems { Message.say(Self.text(problem)) }
      throw error
    }
  }

  /// A problem with the option that helps.
  static func text(_ problem: PhotoProblem) -> String {
    switch problem {
    case .unused: "\(problem): --shots takes more"
    case .unclear(let files): files.text
    default: "\(problem)"
    }
  }

  /// What has to be the same for an interrupted run to be continued.
  private func facts(_ plan: AdapterPlan, _ sha256: String, _ drawn: PhotoSet) -> RunFacts {
    var facts = RunFacts()
    for (name, value) in plan.description { facts.values[name] = value }
    facts.values["checkpoint's SHA-256"] = sha256
    facts.values["--fp16-rounding"] = source.reading.roundsToHalf ? "yes" : "no"
    facts.values["--prefix"] = source.reading.prefix
    facts.values["--activation"] = source.reading.activations.map { "\($0)" }
    facts.values["--heads"] = source.reading.heads.map { "\($0)" }
    facts.values["preset"] = preset.rawValue
    facts.values["--crop"] = output.region.map { "\($0)" }
    facts.values["prompt"] = plan.settings.template
    facts.values["--shots"] = "\(shots)"
    facts.values["seed"] = "\(seed)"
    facts.values["threads"] = "\(source.workers.count)"
    facts.values["labels"] = drawn.labels.joined(separator: ", ")
    for photo in drawn.train + drawn.validation {
      let name = photo.path.hasPrefix(photos) ? photo.path.dropFirst(photos.count) : photo.path[...]
      var digest = SHA256()
      digest.update(drawn.labels[photo.label])
      // A photo that has gone meanwhile is another photo.
      digest.update((try? FileBytes.read(PathName(photo.path))) ?? [])
      facts.photos[String(name.drop { $0 == "/" })] = digest.hexadecimal()
    }
    return facts
  }
}
