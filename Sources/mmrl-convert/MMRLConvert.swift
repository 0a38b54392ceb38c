import ArgumentParser
import Glibc

/// The command: converts unless a subcommand is named.
@main
struct MMRLConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-convert",
    abstract: "Makes .mmrl models out of CLIP checkpoints.",
    usage: """
      mmrl-convert <checkpoint> --known <labels.txt> -o <model.mmrl> [<options>]
      mmrl-convert <checkpoint> --train <folder> -o <model.mmrl> [<options>]
      mmrl-convert <subcommand>
      """,
    discussion: """
      Labels by name alone, one a line of a text file:
        mmrl-convert clip/ --known labels.txt -o my.mmrl
      Labels learnt from a few photos each, one folder a label:
        mmrl-convert clip/ --train photos/ -o my.mmrl
      More labels for a model that is there, by name alone:
        mmrl-convert label my.mmrl clip/ --novel more.txt -o my.mmrl
      An adapter that was trained elsewhere:
        mmrl-convert clip/ --adapter a.pth.tar-10 --known base.txt -o my.mmrl

      clip/ is a Hugging Face folder, or a file as OpenAI's ViT-B-16.pt.

      Results go to stdout, messages to stderr. Exit status: 0 all done, 1 a check failed or some \
      pictures could not be read, 2 nothing could be done, 64 wrong usage.

      All options: mmrl-convert help convert, mmrl-convert help train
      """,
    version: Version.text,
    subcommands: [
      ConvertCommand.self, TrainCommand.self, LabelCommand.self, EvaluateCommand.self,
      EncodeCommand.self, VerifyCommand.self, InspectCommand.self,
    ],
    defaultSubcommand: ConvertCommand.self)

  static func main() {
    do {
      // `mmrl-convert CHECKPOINT --train PHOTOS` is the command `train` without its name.
      let arguments = Array(CommandLine.arguments.dropFirst())
      let trains = arguments.contains { $0 == "--train" || $0.hasPrefix("--train=") }
      var command = try parseAsRoot(
        trains && arguments.first != "train" ? ["train"] + arguments : arguments)
      try command.run()
    } catch let error as ExitCode {
      Glibc.exit(error.rawValue)
    } catch {
      let code = exitCode(for: error)
      guard code != .success, code != .validationFailure else { exit(withError: error) }
      Message.say("\(error)")
      Glibc.exit(2)
    }
  }
}

extension ExitCode {
  /// A check failed, or some inputs did; the others were used.
  static let partly = ExitCode(1)
}
