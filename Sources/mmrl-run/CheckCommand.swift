import ArgumentParser
import Basics

/// `mmrl-run check FILE`.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Says all that is wrong in a file of --config.",
    discussion: """
      Each fault is a line with its place in the file: FILE:LINE:COLUMN: what is wrong. The model is looked at \
      for labels that it does not have; nothing is opened or started. Exit status: 0 nothing is wrong, 2 something is.
      """,
    helpNames: .help)

  @Argument(help: ArgumentHelp("The file.", valueName: "file")) var file: String

  func run() throws {
    try Failure.reported {
      let file = try ConfigurationFile(path: file)
      let faults = file.arguments(with: []).faults
      guard faults.isEmpty else {
        for line in file.lines(faults) { print(line) }
        throw ExitCode(2)
      }
      print("\(file.path): nothing is wrong")
    }
  }
}
