import CLIPModel
import Checkpoints
import FloatMath
import FoundationEssentials

/// Why a training state cannot be continued.
public enum TrainingStateError: Error, Equatable, CustomStringConvertible {
  /// The file is not a training state, or one of another version.
  case notAState(path: String)
  /// The file belongs to a run of other settings, photos or labels; `what` names what differs.
  case otherRun(path: String, what: String)

  /// One line for a person.
  public var description: String {
    switch self {
    case .notAState(let path): "\(path): is not a state of this trainer"
    case .otherRun(let path, let what):
      "\(path): belongs to another run: \(what) (repeat what that run was started with, or start afresh)"
    }
  }
}

extension AdapterTrainer {
  private static let kind = "mmrl training state 2"

  /// What has to be equal for a state to be continued.
  private struct Identity: Codable {
    var recipe: TrainingRecipe
    var seed: Int
    var threads: Int
    var adapter: String
    var photos: String
  }

  private struct Progress: Codable {
    var identity: Identity
    var facts: RunFacts
    var updates: Int
    var history: [EpochReport]
  }

  /// Writes everything that the remaining epochs depend on; an interrupted write leaves the file as it was.
  ///
  /// - Parameters:
  ///   - path: where to; what is there already is replaced.
  ///   - facts: what else has to be the same for the state to be continued.
  /// - Throws: `CheckpointError` when the file cannot be written.
  public func saveState(to path: String, facts: RunFacts = RunFacts()) throws {
    var stored: [NamedTensor] = []
    for name in adapter.tensors.names {
      let (weights, moments) = (adapter.tensors[name], moments[name])
      for (kind, tensor) in [
        ("weights", weights), ("moment1", moments.first), ("moment2", moments.second),
      ] {
        stored.append(
          NamedTensor(
            "\(kind).\(name)", shape: [tensor.rows, tensor.columns], values: tensor.elements))
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let progress = try encoder.encode(
      Progress(identity: identity, facts: facts, updates: updates, history: history))
    try Checkpoint.write(
      stored,
      metadata: ["kind": Self.kind, "progress": String(decoding: progress, as: UTF8.self)],
      to: path)
  }

  /// Checks that a state can be continued as far as the facts tell, before anything is computed.
  ///
  /// - Throws: `TrainingStateError` when it cannot, `CheckpointError` when it cannot be read.
  public static func check(stateAt path: String, facts: RunFacts) throws {
    _ = try read(path, facts)
  }

  private static func read(_ path: String, _ facts: RunFacts) throws -> (Checkpoint, Progress) {
    let file = try Checkpoint(path: path)
    guard file.metadata["kind"] == Self.kind, let text = file.metadata["progress"],
      let progress = try? JSONDecoder().decode(Progress.self, from: Data(text.utf8))
    else { throw TrainingStateError.notAState(path: path) }
    if let what = facts.difference(from: progress.facts) {
      throw TrainingStateError.otherRun(path: path, what: what)
    }
    return (file, progress)
  }

  /// Continues where `saveState` was called.
  ///
  /// - Parameters:
  ///   - path: the state.
  ///   - facts: as they were given to `saveState`.
  /// - Throws: `TrainingStateError` when the file is of another run, `CheckpointError` when it cannot be read.
  public mutating func restoreState(from path: String, facts: RunFacts = RunFacts()) throws {
    let (file, progress) = try Self.read(path, facts)
    let (own, other) = (identity, progress.identity)
    for (what, isEqual) in [
      ("training settings", own.recipe == other.recipe), ("seed", own.seed == other.seed),
      ("number of threads", own.threads == other.threads),
      ("method, layers or sizes", own.adapter == other.adapter),
      ("photos or labels", own.photos == other.photos),
    ] where !isEqual {
      throw TrainingStateError.otherRun(path: path, what: "other \(what)")
    }
    var restored = adapter.tensors
    var restoredMoments = moments
    for (name, weights) in adapter.tensors.values {
      func matrix(_ kind: String) throws -> Matrix {
        guard file.tensor("\(kind).\(name)")?.shape == [weights.rows, weights.columns] else {
          throw TrainingStateError.notAState(path: path)
        }
        return Matrix(
          rows: weights.rows, columns: weights.columns, try file.floats("\(kind).\(name)"))
      }
      restored[name] = try matrix("weights")
      restoredMoments[name] = AdamW.Moments(
        first: try matrix("moment1"), second: try matrix("moment2"))
    }
    adapter.tensors = restored
    moments = restoredMoments
    updates = progress.updates
    history = progress.history
  }

  private var identity: Identity {
    let sizes = adapter.geometry
    let settings = adapter.settings
    return Identity(
      recipe: recipe, seed: seed, threads: threads,
      adapter: "\(sizes) \(settings.representationLayers) \(settings.alpha) \(settings.beta)",
      photos: photosIdentity)
  }
}
