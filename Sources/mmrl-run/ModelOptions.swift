import ArgumentParser
import Inference
import ModelFile

/// Which model, on what.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model; else $MMRL_MODEL, models/default.mmrl at or above the program, <prefix>/share/mmrl.",
      valueName: "file.mmrl"))
  var model: String?

  @Option(help: "Threads; as many as there are cores when not given.")
  var threads: Int?

  @Option(help: "Force an instruction set; else $MMRL_ISA, else the best one this machine has.")
  var isa: InstructionSet?

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads takes 1 to 256.")
    }
  }

  /// Finds the model and makes it ready.
  func loadEngine() throws -> Engine {
    let path = try ModelLocation.find(named: model)
    do {
      return try Engine(ModelReader(path: path), instructionSet: isa, threads: threads)
    } catch let error as ModelFileError {
      throw UnreadableModel(path, error)
    } catch InferenceError.model(let error) {
      throw UnreadableModel(path, error)
    }
  }

  /// The model cannot be used.
  private struct UnreadableModel: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ error: ModelFileError) { description = error.description(of: path) }
  }
}

extension InstructionSet: ExpressibleByArgument {}
