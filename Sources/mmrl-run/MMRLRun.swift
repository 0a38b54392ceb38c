import ArgumentParser

/// The command: classifies pictures unless a subcommand is named.
@main
struct MMRLRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-run",
    abstract: "Says what is in pictures, with a .mmrl model in int8.",
    usage: """
      mmrl-run <path> ... [<options>]
      mmrl-run <subcommand>
      """,
    discussion: """
      mmrl-run photos/                     a table of what the pictures of a folder show
      mmrl-run -r photos/ --format jsonl   folders within it too, one JSON object a picture
      find . -name '*.jpg' | mmrl-run -    a list of paths on stdin
      mmrl-run --camera /dev/video0        what a camera sees; mmrl-run --list shows the cameras
      ffmpeg ... -f mjpeg - | mmrl-run --stream -    what a stream shows

      Results go to stdout, messages to stderr. Exit status: 0 all done, 1 some pictures failed \
      (each is one record, the others are classified), 2 nothing could be done, 64 wrong usage.

      All options: mmrl-run help classify, mmrl-run help live
      """,
    subcommands: [ClassifyCommand.self, LiveCommand.self, BenchCommand.self],
    defaultSubcommand: ClassifyCommand.self)

  /// Runs the command line.
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    main(LiveCommand.isMeant(by: words) ? ["live"] + words : Array(words))
  }
}
