import ArgumentParser

/// Images and texts into features, in a safetensors file.
struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Writes features of images and texts.",
    usage: """
      mmrl-convert encode <checkpoint> --images <paths> ... -o <file> [<options>]
      mmrl-convert encode <checkpoint> --texts <file> -o <file> [<options>]
      """,
    discussion: """
      mmrl-convert encode clip/ --images photos/ --texts prompts.txt -o features.safetensors

      The file has image_features, image_features_rep (with an adapter) and text_features: \
      float32 [N, E], rows of unit length. Its metadata lists the images and texts as JSON.
      """,
    helpNames: .help)

  /// What is encoded.
  struct Files: ParsableArguments {
    @Option(
      parsing: .upToNextOption,
      help: ArgumentHelp("Images to encode.", valueName: "files or folders"))
    var images: [String] = []

    @Option(help: ArgumentHelp("Texts to encode, one a line.", valueName: "file"))
    var texts: String?

    @Option(
      name: [.short, .customLong("output")],
      help: ArgumentHelp("The file to write.", valueName: "features.safetensors"))
    var output: String

    @Option(help: "What encodes the images.")
    var engine = EngineKind.float

    func validate() throws {
      guard !images.isEmpty || texts != nil else {
        throw ValidationError("Name something to encode: --images, --texts or both.")
      }
    }
  }

  @OptionGroup var checkpoint: CheckpointArgument
  @OptionGroup(title: HelpSection.files) var files: Files
  @OptionGroup(title: HelpSection.files) var adapter: AdapterOption
  @OptionGroup(title: HelpSection.files) var photos: PhotoOptions
  @OptionGroup(title: HelpSection.files) var reading: ReadingOptions
  @OptionGroup(title: HelpSection.papers) var method: MethodOption
  @OptionGroup(title: HelpSection.papers) var settings: AdapterSettingsOptions
  @OptionGroup(title: HelpSection.papers) var rounding: RoundingOption

  func validate() throws {
    _ = try AdapterSource(adapter, method, settings)
    try OutputConflict.refuse(
      [("--output", files.output)],
      inputs: [files.texts, adapter.adapter] + reading.vocabularyFiles + files.images,
      checkpoint: checkpoint.place)
  }

  func run() throws {
    try FeatureEncoding(
      source: try CheckpointSource(checkpoint, reading, rounding),
      adapter: AdapterSource(adapter, method, settings), images: files.images,
      access: photos.access, texts: files.texts, engine: files.engine, output: files.output
    ).run()
  }
}
