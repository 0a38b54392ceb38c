import ArgumentParser

/// The program: its subcommands, of which classifying is what it does when none is named.
@main
struct MMRLRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-run",
    abstract: "Says what is in images, with a .mmrl model in int8.",
    usage: """
      mmrl-run <path> ... | --camera <device> ... | --stream <source> [<options>]
      mmrl-run list | bench | test
      """,
    discussion: "All options: mmrl-run --help",
    version: Version.text,
    subcommands: [
      ClassifyCommand.self, ListCommand.self, BenchCommand.self, TestCommand.self,
      FormerClassifyCommand.self, FormerLiveCommand.self,
    ],
    defaultSubcommand: ClassifyCommand.self,
    // The help of the default subcommand is that of the program.
    helpNames: [])
}

extension NameSpecification {
  /// How help on a subcommand is asked for; the program itself has none, see ``MMRLRun``.
  static let help = NameSpecification([.short, .long])
}
