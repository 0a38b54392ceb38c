import ArgumentParser
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Training

/// Photos into a trained adapter and a model file.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train on a folder of photos, and make a model.",
    discussion: """
      mmrl-convert clip.pt --train photos/ -o model.mmrl

      photos/ holds one folder of JPEG or PNG photos a label, named after it, or a CoOp-style split_zhou_*.json beside \
      its images. Interrupt at any time: the same command with --resume continues from the last epoch and gives the \
      same model.
      """)

  @OptionGroup var source: SourceOptions

  @Option(
    name: .customLong("train"),
    help: ArgumentHelp("The photos to learn from: one folder a label.", valueName: "folder"))
  var photos: String

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The model to write.", valueName: "model.mmrl"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "More labels, scored without training: a text file, or a folder of photos that is only measured on.",
      valueName: "labels.txt|folder"))
  var novel: String?

  @Option(help: "What to train: mmrl or mmrl++.")
  var method: Manifest.Method = .mmrlPlusPlus

  @Option(help: "The recipe: ours for photos, or one of the papers'.")
  var preset: AdapterPlan.Preset = .photos

  @Option(help: ArgumentHelp("Take the papers' settings of this data set.", valueName: "name"))
  var dataset: String?

  @Option(help: "Photos of a label to learn from, at most.")
  var shots = 16

  @Option(help: "Of everything random: the same seed gives the same model.")
  var seed = 1

  @Option(help: "The prompt, {} stands for the label.")
  var template: String?

  @OptionGroup var training: TrainingOptions

  @Flag(help: "Train with several settings and keep the one that held-out photos prefer.")
  var auto = false

  @Flag(help: "Continue an interrupted run.")
  var resume = false

  @Option(help: ArgumentHelp("Also write the adapter.", valueName: "adapter.safetensors"))
  var saveAdapter: String?

  @Option(help: ArgumentHelp("Also write a page on how it went.", valueName: "report.html"))
  var report: String?

  @Option(help: "Mean cosine of int8 features to float ones below which nothing is written.")
  var leastCosine = 0.99

  @Option(help: ArgumentHelp("A text file of the terms of use.", valueName: "file"))
  var licence: String?

  func validate() throws {
    if method == .clip { throw ValidationError("--method takes mmrl or mmrl++.") }
    if !(1...10_000).contains(shots) { throw ValidationError("--shots takes 1 to 10000.") }
    if let template, !template.contains(LabelPrompts.placeholder) {
      throw ValidationError("--template needs {} where the label goes.")
    }
  }

  func run() throws {
    let checkpoint = try source.openCheckpoint()
    let dataset = try dataset.map(Dataset.named)
    let template = template ?? dataset?.template ?? LabelPrompts.defaultTemplate
    let plan = AdapterPlan(
      preset, method: method, dataset: dataset, clip: checkpoint.geometry, template: template,
      options: try training.options(for: checkpoint.geometry))
    let learner = FewShotLearner(
      clip: try FloatCLIP(checkpoint: checkpoint, workers: source.workers),
      preprocessing: Preprocessing(checkpoint.preprocessing),
      tokenizer: try Tokenizer(for: checkpoint, vocabulary: source.vocab))
    var folder = try PhotoFolder(folderOrSplit: photos)
    let drawn = try folder.draw(shots: shots, seed: seed) { path in
      do throws(PhotoError) {
        _ = try PhotoStore.decode(path)
        return nil
      } catch { return error.why }
    }
    for problem in folder.problems { Message.say("\(problem)") }
    let store = try PhotoStore(
      drawn.train, preprocessing: learner.preprocessing,
      // A crop of half the area still has as many pixels as the tower takes.
      shortEdge: preset == .photos ? 3 * learner.preprocessing.size / 2 : nil,
      workers: source.workers)
    Message.say(
      "\(drawn.labels.count) labels, \(drawn.train.count) photos to learn from, "
        + "\(drawn.validation.count) held out to check on")
    let run = TrainingRun(
      training: try PhotoTraining(
        learner: learner,
        data: PhotoTraining.Data(
          labels: drawn.labels, template: template, shots: store, held: drawn.validation)),
      state: output + ".training", seed: seed, resumes: resume)
    let outcome = try run.train(auto ? run.candidates(around: plan) : [plan])
    try export(
      outcome, run, checkpoint,
      novel: try novel.map { try NovelLabels($0, seed: seed, known: drawn.labels) },
      problems: folder.problems.map(\.description))
    run.removeStates(auto ? run.candidates(around: plan).count : 1)
  }
}
