import ArgumentParser
import Training

/// The labels of a model, and how they are known.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The labels, one a line; with --adapter those that it was trained on.",
      valueName: "labels.txt"))
  var known: String?

  @Option(
    help: ArgumentHelp(
      "More labels, by name alone; with --train also a folder of photos, to measure on.",
      valueName: "labels.txt|folder"))
  var novel: String?

  @Option(
    help: ArgumentHelp(
      "Photos to learn from: one folder a label, or a CoOp-style split_zhou_*.json.",
      valueName: "folder"))
  var train: String?
}

/// What goes with `--train` alone.
struct TrainingOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Photos of a label to learn from, at most; else 16.", valueName: "n"))
  var shots: Int?

  @Option(
    help: ArgumentHelp("The folder of photos of no label; else \"none\".", valueName: "name"))
  var none: String?

  @Option(
    help: ArgumentHelp(
      "The same seed gives the same model; else 1.", valueName: "n"))
  var seed: Int?

  @Flag(help: "Go on with an interrupted run; gives the same model.")
  var resume = false

  @Flag(
    inversion: .prefixedNo,
    help: "Measure how well it does, by training on parts of the photos.")
  var crossValidation = true

  @Option(help: ArgumentHelp("Also write a page on how it went.", valueName: "report.html"))
  var report: String?

  @Option(help: ArgumentHelp("Also write the adapter.", valueName: "adapter.safetensors"))
  var saveAdapter: String?

  func validate() throws {
    if let shots, !(1...10_000).contains(shots) {
      throw ValidationError("--shots takes 1 to 10000.")
    }
  }

  /// The names of the options that were given.
  var given: [String] {
    [
      ("--shots", shots != nil), ("--none", none != nil), ("--seed", seed != nil),
      ("--resume", resume),
      ("--no-cross-validation", !crossValidation),
      ("--report", report != nil), ("--save-adapter", saveAdapter != nil),
    ].filter(\.1).map(\.0)
  }
}

/// Where a training's settings begin.
struct PresetOptions: ParsableArguments {
  @Option(help: "The recipe: ours for photos (the default), or one of the papers'.")
  var preset: AdapterPlan.Preset?

  @Option(help: ArgumentHelp("Take the papers' settings of this data set.", valueName: "name"))
  var dataset: String?

  /// The names of the options that were given.
  var given: [String] {
    [("--preset", preset != nil), ("--dataset", dataset != nil)].filter(\.1).map(\.0)
  }
}
