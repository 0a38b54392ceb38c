public import ModelFile

/// Why an engine could not be made.
public enum InferenceError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The model file is damaged or not what it should be.
  case model(ModelFileError)
  /// The model's sizes are beyond what the kernels handle.
  case unsupportedGeometry(String)
  /// A weight is -128, which a model file must not hold.
  case invalidWeights(tensor: String)
  /// The model does not carry its text tower.
  case noTextTower
  /// No instruction set has this name.
  case unknownInstructionSet(String)
  /// This processor, or this build, lacks the instruction set.
  case unavailableInstructionSet(InstructionSet)
  /// The number of threads is not in 1...256.
  case invalidThreadCount(Int)
  /// The system refused a thread.
  case noThreads(Int)

  /// One line for a person: what is wrong, and what to do where that is known.
  public var description: String {
    switch self {
    case .model(let error):
      error.description
    case .unsupportedGeometry(let what):
      "model of a size that the engine cannot run: \(what)"
    case .invalidWeights(let tensor):
      "model file whose tensor \(tensor) holds -128 (weights are -127...127; convert it again)"
    case .noTextTower:
      "model without a text tower, which is what makes features of names"
    case .unknownInstructionSet(let name):
      "no instruction set is named \"\(name)\" (there are "
        + InstructionSet.allCases.map(\.rawValue).joined(separator: ", ") + ")"
    case .unavailableInstructionSet(let set):
      "this processor or build lacks \(set) (it has "
        + InstructionSet.allCases.filter(\.isAvailable).map(\.rawValue).joined(separator: ", ")
        + ")"
    case .invalidThreadCount(let count):
      "\(count) threads: the number must be 1...256"
    case .noThreads(let count):
      "the system refused to start \(count) threads"
    }
  }
}
