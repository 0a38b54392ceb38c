import ArgumentParser

/// New labels for a model, by name alone.
struct LabelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "label", abstract: "Adds labels to a model, by name alone.",
    usage: "mmrl-convert label <model.mmrl> <checkpoint> --novel <labels.txt> -o <model.mmrl>",
    discussion: """
      mmrl-convert label my.mmrl clip/ --novel more.txt -o my.mmrl

      What the model has stays as it is. The checkpoint is the one that the model was made from; \
      photos and adapter are not needed.
      """,
    helpNames: .help)

  /// What is read and written.
  struct Files: ParsableArguments {
    @Option(help: ArgumentHelp("A text file of labels, one a line.", valueName: "labels.txt"))
    var novel: String

    @Flag(help: "Drop the novel labels that the model has.")
    var replace = false

    @Option(
      name: [.short, .customLong("output")],
      help: ArgumentHelp(
        "The model to write; may be the one that is read.", valueName: "model.mmrl"))
    var output: String
  }

  @Argument(help: ArgumentHelp("The model.", valueName: "model.mmrl"))
  var model: String

  @OptionGroup var checkpoint: CheckpointArgument
  @OptionGroup(title: HelpSection.files) var files: Files
  @OptionGroup(title: HelpSection.files) var reading: ReadingOptions
  @OptionGroup(title: HelpSection.papers) var rounding: RoundingOption

  func validate() throws {
    try OutputConflict.refuse(
      [("--output", files.output)], inputs: [files.novel] + reading.vocabularyFiles,
      checkpoint: checkpoint.place)
  }

  func run() throws {
    try LabelAddition(
      model: model, source: try CheckpointSource(checkpoint, reading, rounding), novel: files.novel,
      replaces: files.replace, output: files.output
    ).run()
  }
}
