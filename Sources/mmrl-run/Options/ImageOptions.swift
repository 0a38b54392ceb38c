import ArgumentParser

/// Which files are classified, and where the results go.
struct ImageOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Go into the folders of folders.")
  var recursive = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write to a file, which appears when it is complete.", valueName: "file"))
  var output: String?

  func validate() throws {
    guard output != "" else { throw ValidationError("--output takes the name of a file.") }
  }

  /// The options that were used.
  var given: [String] {
    [(recursive, "--recursive"), (output != nil, "--output")].filter(\.0).map(\.1)
  }
}

/// How image files are classified.
struct PipelineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Images in a forward pass, at most (default: 1).", valueName: "count"))
  var batch: Int?

  @Flag(help: "Decode JPEG files smaller: faster, not quite the same.")
  var fastDecode = false

  func validate() throws {
    if let batch, !(1...256).contains(batch) {
      throw ValidationError("--batch takes 1 to 256.")
    }
  }

  /// The options that were used.
  var given: [String] {
    [(batch != nil, "--batch"), (fastDecode, "--fast-decode")].filter(\.0).map(\.1)
  }
}
