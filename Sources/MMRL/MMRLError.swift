internal import Basics
internal import Classification
internal import Inference
internal import Labelling
internal import ModelFile

/// Why something could not be done.
public struct MMRLError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of thing is wrong.
  public enum Kind: Sendable {
    /// What the caller asked for.
    case argument
    /// A file that cannot be opened, read or written.
    case file
    /// The model is damaged, is none, or lacks what was asked of it.
    case model
    /// A picture is damaged, is none, or is of a kind that is not read.
    case picture
  }

  /// What kind of thing is wrong.
  public let kind: Kind
  /// One line for a person: what is wrong, where, and what to do where that is known.
  public let description: String

  init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  /// Something that the caller asked for and there is not.
  package static func argument(_ description: String) -> MMRLError {
    MMRLError(.argument, description)
  }

  /// What went wrong with a model.
  init(_ error: any Error, model path: String) {
    switch error {
    case let error as MMRLError: self = error
    case let error as ModelFileError: self.init(error, path)
    case InferenceError.model(let error): self.init(error, path)
    case InferenceError.noTextTower:
      self.init(
        .model,
        "\(path): does not carry its text tower, which turns names into labels (make it with "
          + "mmrl-convert ... --with-text, or name a model that was)")
    case InferenceError.invalidThreadCount, InferenceError.unknownInstructionSet,
      InferenceError.unavailableInstructionSet, is LabelError, is TooFewPhotos,
      TeachError.oneLabel:
      self.init(.argument, "\(error)")
    default: self.init(.model, "\(path): \(error)")
    }
  }

  private init(_ error: ModelFileError, _ path: String) {
    if case .system = error {
      self.init(.file, error.description(of: path))
    } else {
      self.init(.model, error.description(of: path))
    }
  }
}
