import ArgumentParser
import Glibc

/// The command: converts unless a subcommand is named.
@main
struct MMRLConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-convert",
    abstract: "Makes .mmrl models out of CLIP checkpoints.",
    usage: """
      mmrl-convert <checkpoint> -o <model.mmrl> --known <labels.txt> [<options>]
      mmrl-convert <subcommand>
      """,
    discussion: """
      mmrl-convert ViT-B-16.pt -o model.mmrl --known labels.txt       zero-shot, in int8
      mmrl-convert clip/ -o model.mmrl --adapter a.safetensors \
      --known base.txt --novel new.txt   with an adapter
      mmrl-convert ViT-B-16.pt -o model.mmrl --train photos/       learnt from a few photos a label

      Results go to stdout, messages to stderr. Exit status: 0 all done, 1 a check failed or some \
      pictures could not be read, 2 nothing could be done, 64 wrong usage.

      All options: mmrl-convert help convert
      """,
    subcommands: [
      ConvertCommand.self, TrainCommand.self, LabelCommand.self, EvaluateCommand.self,
      EncodeCommand.self, VerifyCommand.self,
      InspectCommand.self,
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
