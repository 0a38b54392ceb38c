import ArgumentParser
import CLIPModel
import FloatMath

/// The CLIP to start from.
struct CheckpointArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A CLIP: a Hugging Face or open_clip folder, OpenAI's .pt, torch.save, safetensors; or what get fetched.",
      valueName: "checkpoint"))
  var checkpoint: String

  /// Where it is: a path, or what was fetched by this name.
  var place: String { FetchedCheckpoint.place(of: checkpoint) ?? checkpoint }
}

/// What a checkpoint's own files may not say.
struct CheckpointSettings: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "quickgelu, gelu, gelu-tanh; one for each tower: a,b.", valueName: "name"))
  var activation: String?

  @Option(
    help: ArgumentHelp("Heads of the image tower; of both towers: 16,20.", valueName: "n"))
  var heads: String?

  @Option(
    help: ArgumentHelp(
      "Begins the tensors' names, in a file of two CLIPs.", valueName: "text"))
  var prefix: String?

  func validate() throws { _ = try reading() }

  /// - Throws: `ValidationError` for names and numbers that are none.
  func reading() throws -> CLIPReading {
    var reading = CLIPReading()
    reading.prefix = prefix
    if let activation {
      let names = activation.split(separator: ",", omittingEmptySubsequences: false)
      let found = names.compactMap { Activation(rawValue: String($0)) }
      guard found.count == names.count, (1...2).contains(found.count) else {
        let all = Activation.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError(
          "--activation takes one of \(all), or two of them: the image tower's and the text tower's."
        )
      }
      reading.activations = found
    }
    if let heads {
      let parts = heads.split(separator: ",", omittingEmptySubsequences: false)
      let found = parts.compactMap { Int($0) }.filter { (1...1024).contains($0) }
      guard found.count == parts.count, (1...2).contains(found.count) else {
        throw ValidationError(
          "--heads takes the image tower's attention heads, or those of image and text tower: 16,20."
        )
      }
      reading.heads = found
    }
    return reading
  }
}

/// What a checkpoint is read with.
struct ReadingOptions: ParsableArguments {
  @OptionGroup var settings: CheckpointSettings

  @Option(
    help: ArgumentHelp(
      "The vocabulary, if it is not beside the checkpoint: merges, tokenizer.json, vocab.json.",
      valueName: "file"))
  var vocab: String?

  @Option(help: ArgumentHelp("Threads; else as many as this process may use.", valueName: "n"))
  var threads: Int?

  /// The files of a vocabulary that is named: a vocab.json has its merges beside it.
  var vocabularyFiles: [String?] {
    let folder = vocab?.lastIndex(of: "/").map { vocab?[...$0] ?? "" } ?? ""
    return [vocab, vocab.map { _ in folder + "merges.txt" }]
  }

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads takes 1 to 256.")
    }
  }
}

/// How the published code reads a checkpoint.
struct RoundingOption: ParsableArguments {
  @Flag(
    name: .customLong("fp16-rounding"),
    help: "Round matrices to fp16, as the published code.")
  var roundsToHalf = false
}

extension CheckpointSource {
  /// The checkpoint that options name.
  ///
  /// - Throws: `ValidationError`.
  init(
    _ argument: CheckpointArgument, _ options: ReadingOptions, _ rounding: RoundingOption
  ) throws {
    var reading = try options.settings.reading()
    reading.roundsToHalf = rounding.roundsToHalf
    self.init(
      path: try FetchedCheckpoint.path(argument.checkpoint), vocabulary: options.vocab,
      reading: reading,
      threads: options.threads)
  }
}
