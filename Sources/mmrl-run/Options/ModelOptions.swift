public import ArgumentParser
public import Inference
import ModelFile

/// Which model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The model; else $MMRL_MODEL, models/default.mmrl at or above the program.",
      valueName: "file.mmrl"))
  var model: String?

  func validate() throws {
    guard model != "" else { throw ValidationError("--model takes the name of a file.") }
  }
}

/// What the model runs on.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads; else as many as this process may use.", valueName: "count"))
  var threads: Int?

  @Option(help: "Force an instruction set; else $MMRL_ISA, else the best.")
  var isa: InstructionSet?

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads takes 1 to 256.")
    }
  }

  /// Finds a model and makes it ready.
  func load(_ options: ModelOptions) throws -> Engine {
    try load(ModelLocation.find(named: options.model))
  }

  /// Makes a model ready.
  func load(_ path: String) throws -> Engine {
    try ModelOptions.read(path) { model in
      try Engine(model, instructionSet: isa, threads: threads)
    }
  }
}

extension ModelOptions {
  /// Opens a model for `body`; errors name the file.
  static func read<Result>(
    _ path: String, _ body: (ModelReader) throws -> Result
  ) throws -> Result {
    do {
      return try body(ModelReader(path: path))
    } catch let error as ModelFileError {
      throw UnreadableModel(path, error)
    } catch InferenceError.model(let error) {
      throw UnreadableModel(path, error)
    } catch InferenceError.noTextTower {
      throw NoTextTower(path: path)
    }
  }

  /// The model cannot make features of names.
  private struct NoTextTower: Error, CustomStringConvertible {
    let path: String

    var description: String {
      "\(path): does not carry its text tower, which turns names into labels (make it with "
        + "mmrl-convert ... --with-text, or name a model that was)"
    }
  }

  /// The model cannot be used.
  private struct UnreadableModel: Error, CustomStringConvertible {
    let description: String

    init(_ path: String, _ error: ModelFileError) { description = error.description(of: path) }
  }
}

extension InstructionSet: ExpressibleByArgument {}
