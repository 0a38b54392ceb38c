import ArgumentParser
import Basics
import CLIPModel
import Protocols
import Training

/// The program: makes a model unless a subcommand is named.
@main
struct MMRLConvert: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mmrl-convert",
    abstract: ConvertCommand.configuration.abstract,
    usage: """
      \(ConvertCommand.usage)
      mmrl-convert <subcommand>
      """,
    discussion: """
      \(ConvertCommand.examples)

      All options: mmrl-convert --help
      """,
    version: Version.text,
    subcommands: [
      ConvertCommand.self, LabelCommand.self, EncodeCommand.self, VerifyCommand.self,
      InspectCommand.self, EvaluateCommand.self, GetCommand.self, FormerTrain.self,
      FormerConvert.self,
    ],
    defaultSubcommand: ConvertCommand.self,
    // `mmrl-convert --help` is the default command's.
    helpNames: [])

  static func main() {
    StandardOutput.prepare()
    StandardOutput.finish(status: run())
  }

  /// The exit status.
  private static func run() -> Int32 {
    do {
      var command = try parseAsRoot()
      try command.run()
      return 0
    } catch let error as ExitCode {
      return error.rawValue
    } catch {
      let code = exitCode(for: error)
      guard code == .success || code == .validationFailure else {
        Message.say("\(error)" + (hint(for: error).map { " (\($0))" } ?? ""))
        return 2
      }
      // The default command's own name is nothing to type.
      let text = fullMessage(for: error)
        .replacing(" \(ConvertCommand.name) --help", with: " --help")
      if code == .success { print(text) } else { Message.write(text + "\n") }
      return code.rawValue
    }
  }
}

/// The option that helps where a library says what is wrong.
private func hint(for error: any Error) -> String? {
  switch error {
  case CLIPError.isAdapter: "give the adapter with --adapter"
  case CLIPError.noVocabulary: "name it with --vocab; tools/get-vocabulary fetches CLIP's own"
  case CLIPError.vocabulary: "--vocab names another"
  case CLIPError.noPrefix: "name one of them with --prefix"
  case DatasetError.notFound: "--root names the folder that the data sets are in"
  case is TrainingStateError: "or leave out --resume"
  default: nil
  }
}

extension ExitCode {
  /// A check failed, or some inputs did; the others were used.
  static let partly = ExitCode(1)
}
