import ArgumentParser

/// A model file against the checkpoint that it was made from.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compares a model's int8 features with float ones.",
    usage: "mmrl-convert verify <model.mmrl> <checkpoint> [--images <paths> ...] [<options>]",
    discussion: """
      mmrl-convert verify my.mmrl clip/ --images photos/

      Prints the mean and the lowest cosine of the features, the mean once more with the mean \
      feature taken from both (centred), and for how many images the best label is the same. Exit \
      status 1 when a mean is below --least-cosine.
      """,
    helpNames: .help)

  /// What is compared.
  struct Files: ParsableArguments {
    @Option(
      help: ArgumentHelp("The adapter that the model was made with, if it was.", valueName: "file"))
    var adapter: String?

    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp(
        "Images to compare on; else synthetic ones.", valueName: "files or folders"))
    var images: [String] = []

    @Option(help: ArgumentHelp("The lowest mean cosine that passes.", valueName: "0-1"))
    var leastCosine = 0.99

    func validate() throws {
      guard (0...1).contains(leastCosine) else {
        throw ValidationError("--least-cosine takes 0 to 1.")
      }
    }
  }

  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @OptionGroup var checkpoint: CheckpointArgument
  @OptionGroup(title: HelpSection.files) var files: Files
  @OptionGroup(title: HelpSection.files) var photos: PhotoOptions
  @OptionGroup(title: HelpSection.files) var reading: ReadingOptions
  @OptionGroup(title: HelpSection.papers) var rounding: RoundingOption

  func run() throws {
    try Verification(
      model: model, source: try CheckpointSource(checkpoint, reading, rounding),
      adapter: files.adapter, images: files.images, access: photos.access,
      leastCosine: files.leastCosine
    ).run()
  }
}
