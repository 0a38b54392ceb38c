import ArgumentParser
import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Protocols
import Training

/// Photos into a trained adapter and a model file.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train on a folder of photos, and make a model.",
    usage: "mmrl-convert <checkpoint> --train <folder> -o <model.mmrl> [<options>]",
    discussion: """
      mmrl-convert clip.pt --train photos/ -o my.mmrl

      photos/ holds one folder of JPEG or PNG photos a label, named after it, or a CoOp-style split_zhou_*.json beside \
      its images. Interrupt at any time: the same command with --resume continues from the last epoch and gives the \
      same model.
      """)

  @OptionGroup var source: SourceOptions

  @Option(
    name: .customLong("train"),
    help: ArgumentHelp("The photos to learn from: one folder a label.", valueName: "folder"))
  var photos: String

  @OptionGroup var model: ExportOptions

  @Option(
    help: ArgumentHelp(
      "More labels, scored without training: a text file, or a folder of photos that is only measured on.",
      valueName: "labels.txt|folder"))
  var novel: String?

  @Option(help: "What to train: mmrl or mmrl++.")
  var method: AdapterMethod = .mmrlPlusPlus

  @Option(help: "The recipe: ours for photos, or one of the papers'.")
  var preset: AdapterPlan.Preset = .photos

  @Option(help: ArgumentHelp("Take the papers' settings of this data set.", valueName: "name"))
  var dataset: String?

  @Option(help: "Photos of a label to learn from, at most.")
  var shots = 16

  @Option(help: "Of everything random: the same seed gives the same model.")
  var seed = 1

  @OptionGroup var training: TrainingOptions

  @Flag(help: "Continue an interrupted run.")
  var resume = false

  @Option(help: ArgumentHelp("Also write the adapter.", valueName: "adapter.safetensors"))
  var saveAdapter: String?

  @Option(help: ArgumentHelp("Also write a page on how it went.", valueName: "report.html"))
  var report: String?

  func validate() throws {
    try training.check(for: method)
    if !(1...10_000).contains(shots) { throw ValidationError("--shots takes 1 to 10000.") }
  }

  func run() throws {
    try OutputPlace.check(model.output, saveAdapter, report)
    let checkpoint = try source.openCheckpoint()
    let dataset = try dataset.map(Dataset.named)
    let template = model.template ?? dataset?.template ?? LabelPrompts.defaultTemplate
    let options = try training.options(for: checkpoint.geometry)
    let plan = AdapterPlan(
      preset, method: method, dataset: dataset, clip: checkpoint.geometry, template: template,
      options: options)
    let learner = try FewShotLearner(
      checkpoint: checkpoint,
      tokenizer: Tokenizer(for: checkpoint, vocabulary: source.vocab), workers: source.workers)
    var folder = try PhotoFolder(folderOrSplit: photos)
    let drawn = try folder.draw(shots: shots, seed: seed) { path in
      do throws(ImageFileError) {
        _ = try ImageFile.decode(path)
        return nil
      } catch { return error.why }
    }
    for problem in folder.problems { Message.say("\(problem)") }
    let store = try learner.load(drawn.train, for: plan)
    Message.say(
      "\(drawn.labels.count) labels, \(drawn.train.count) photos to learn from, "
        + "\(drawn.validation.count) held out to check on; encoding them before the first epoch")
    let data = TrainingData(labels: drawn.labels, template: template, shots: store)
    let sha256 = checkpoint.file.sha256()
    let run = TrainingRun(
      state: model.output + ".training", facts: facts(plan, sha256, drawn), seed: seed,
      resumes: resume)
    try run.prepare()
    let novel = try novel.map { try NovelLabels($0, known: drawn.labels) }
    let frozen = try FrozenFeatures(data, by: learner)
    frozen.texts.prompts.sayWhatIsTruncated(contextLength: learner.clip.texts.contextLength)
    let validation = try Validation(drawn.validation, by: learner, frozen)
    Interruption.tellHowToContinue()
    let fitted = try run.fit(learner, plan, data, frozen)
    let candidates = try validation.baselines() + validation.candidates(fitted)
    Interruption.end()
    try export(
      FinishedTraining(
        learner: learner, data: data, validation: drawn.validation, fitted: fitted,
        candidates: candidates, checkpoint: checkpoint, sha256: sha256, novel: novel,
        problems: folder.problems.map(\.description)))
    run.removeStates()
  }

  /// What has to be the same for an interrupted run to be continued.
  private func facts(_ plan: AdapterPlan, _ sha256: String, _ drawn: PhotoSet) -> RunFacts {
    var facts = RunFacts()
    for (name, value) in plan.description { facts.values[name] = value }
    facts.values["checkpoint's SHA-256"] = sha256
    facts.values["--fp16-rounding"] = source.roundsToHalf ? "yes" : "no"
    facts.values["preset"] = preset.rawValue
    facts.values["prompt"] = plan.settings.template
    facts.values["--shots"] = "\(shots)"
    facts.values["seed"] = "\(seed)"
    facts.values["threads"] = "\(source.workers.count)"
    facts.values["labels"] = drawn.labels.joined(separator: ", ")
    for photo in drawn.train + drawn.validation {
      let name = photo.path.hasPrefix(photos) ? photo.path.dropFirst(photos.count) : photo.path[...]
      var digest = SHA256()
      digest.update(drawn.labels[photo.label])
      digest.update([UInt8](FileManager.default.contents(atPath: photo.path) ?? Data()))
      facts.photos[String(name.drop { $0 == "/" })] = digest.hexadecimal()
    }
    return facts
  }
}
