import ArgumentParser

/// The command: classifies pictures unless a subcommand is named.
@main
struct MMRLRun: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-run",
    abstract: "Says what is in pictures, with a .mmrl model in int8.",
    usage: """
      mmrl-run <path> ... [<options>]
      mmrl-run --camera <device> [<options>]
      mmrl-run <subcommand>
      """,
    discussion: """
      A table of what the pictures of a folder show:
        mmrl-run --model my.mmrl photos/
      Folders within it too, one JSON object a picture:
        mmrl-run --model my.mmrl -r photos/ --format jsonl
      A list of paths:
        find . -name '*.jpg' | mmrl-run --model my.mmrl -
      What a camera sees; the cameras that are there:
        mmrl-run --model my.mmrl --camera /dev/video0
        mmrl-run --list
      What a stream shows:
        ffmpeg ... -f mjpeg - | mmrl-run --model my.mmrl --stream -

      Results go to stdout, messages to stderr. Exit status: 0 all done, 1 some pictures failed \
      (each is one record, the others are classified), 2 nothing could be done, 64 wrong usage.

      All options: mmrl-run help classify, mmrl-run help live
      """,
    version: Version.text,
    subcommands: [ClassifyCommand.self, LiveCommand.self, BenchCommand.self],
    defaultSubcommand: ClassifyCommand.self)

  /// Runs the command line.
  static func main() {
    let words = CommandLine.arguments.dropFirst()
    main(LiveCommand.isMeant(by: words) ? ["live"] + words : Array(words))
  }
}
