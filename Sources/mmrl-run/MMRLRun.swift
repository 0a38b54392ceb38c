import ArgumentParser
import Basics

/// The program: its subcommands, of which classifying is what it does when none is named.
@main
struct MMRLRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-run",
    abstract: "Says what is in images, with a .mmrl model in int8.",
    usage: """
      mmrl-run <path> ... | --camera <device> ... | --stream <source> [<options>]
      mmrl-run list | bench | check | labels | teach | test
      """,
    discussion: "All options: mmrl-run --help",
    version: Version.text,
    subcommands: [
      ClassifyCommand.self, ListCommand.self, BenchCommand.self, CheckCommand.self,
      LabelsCommand.self, TeachCommand.self, TestCommand.self,
      FormerClassifyCommand.self, FormerLiveCommand.self,
    ],
    defaultSubcommand: ClassifyCommand.self,
    // The help of the default subcommand is that of the program.
    helpNames: [])

  static func main() {
    StandardOutput.prepare()
    StandardOutput.finish(status: run())
  }

  /// The exit status.
  private static func run() -> Int32 {
    do {
      var command = try parseAsRoot(arguments())
      try command.run()
      return 0
    } catch {
      let code = exitCode(for: error)
      // The default command's name is empty.
      let text = fullMessage(for: error).replacing("mmrl-run  --help", with: "mmrl-run --help")
      if code == .success {
        print(text)
      } else if !text.isEmpty {
        Message.write(text + "\n")
      }
      return code.rawValue
    }
  }
}

extension MMRLRun {
  /// The words of the command line, after those that a file of it stands for.
  private static func arguments() throws -> [String] {
    let words = Array(CommandLine.arguments.dropFirst())
    guard let path = try ConfigurationFile.path(in: words) else { return words }
    var file: ConfigurationFile?
    try Failure.reported { file = try ConfigurationFile(path: path) }
    guard let (all, faults) = file?.arguments(with: words) else { return words }
    guard faults.isEmpty else {
      for line in file?.lines(faults) ?? [] { Message.write(line + "\n") }
      // As of options of the command line: to try again would not help.
      throw ExitCode.validationFailure
    }
    return all
  }
}

extension NameSpecification {
  /// How help on a subcommand is asked for; the program itself has none, see ``MMRLRun``.
  static let help = NameSpecification([.short, .long])
}
