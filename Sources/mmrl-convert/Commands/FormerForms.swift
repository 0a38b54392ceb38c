import ArgumentParser

/// `mmrl-convert train CHECKPOINT ...`, as it could be written once.
struct FormerTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", usage: ConvertCommand.trainingUsage, shouldDisplay: false, helpNames: [])

  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func validate() throws {
    throw ValidationError(
      "There is no subcommand \"train\": write mmrl-convert <checkpoint> --train <folder>.")
  }
}

/// `mmrl-convert convert CHECKPOINT ...`, as it could be written once.
struct FormerConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", usage: ConvertCommand.usage, shouldDisplay: false, helpNames: [])

  @Argument(parsing: .captureForPassthrough) var arguments: [String] = []

  func validate() throws {
    throw ValidationError(
      "There is no subcommand \"convert\": write mmrl-convert <checkpoint> without it.")
  }
}
