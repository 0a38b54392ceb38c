import ArgumentParser

/// `mmrl-run classify`, which was a subcommand.
struct FormerClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Gone.", usage: "mmrl-run <path> ... [<options>]",
    shouldDisplay: false)

  @Argument(parsing: .captureForPassthrough) var words: [String] = []

  func validate() throws {
    throw ValidationError(
      "There is no subcommand classify any more: mmrl-run PATH ... does it (./classify is a folder)."
    )
  }
}

/// `mmrl-run live`, which was a subcommand.
struct FormerLiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live", abstract: "Gone.",
    usage: "mmrl-run --camera <device> ... | --stream <source> [<options>]", shouldDisplay: false)

  @Argument(parsing: .captureForPassthrough) var words: [String] = []

  func validate() throws {
    throw ValidationError(
      "There is no subcommand live any more: mmrl-run --camera DEVICE or --stream SOURCE does it "
        + "(./live is a folder).")
  }
}
