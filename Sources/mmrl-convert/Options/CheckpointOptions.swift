import ArgumentParser

/// The CLIP to start from.
struct CheckpointArgument: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A CLIP: a Hugging Face or open_clip folder, OpenAI's .pt, torch.save, safetensors.",
      valueName: "checkpoint"))
  var checkpoint: String
}

/// What a checkpoint is read with.
struct ReadingOptions: ParsableArguments {
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
    help: "Round matrices to fp16 first, as the published MMRL code does.")
  var roundsToHalf = false
}

extension CheckpointSource {
  /// The checkpoint that options name.
  init(_ argument: CheckpointArgument, _ reading: ReadingOptions, _ rounding: RoundingOption) {
    self.init(
      path: argument.checkpoint, vocabulary: reading.vocab, roundsToHalf: rounding.roundsToHalf,
      threads: reading.threads)
  }
}
