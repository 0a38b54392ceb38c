import Basics
import CLIPModel
import FloatMath
import FoundationEssentials
import ModelFile
import Tokenization

/// A CLIP on disk, and how to read it.
struct CheckpointSource: Sendable {
  /// A file, or the folder of a checkpoint.
  var path: String
  /// The tokenizer's vocabulary; nil where it is beside the checkpoint.
  var vocabulary: String?
  /// What the checkpoint's own files do not say.
  var reading: CLIPReading
  /// Threads; nil for as many as this process may use.
  var threads: Int?

  var workers: Workers { Workers(count: threads) }

  /// Opens the checkpoint, and says what was assumed about it.
  ///
  /// - Throws: what is wrong with it.
  func open() throws -> CLIPCheckpoint {
    if let model = try? ModelReader(path: path) { throw finished(model) }
    let checkpoint = try CLIPCheckpoint(path: path, reading: reading)
    for assumption in checkpoint.assumptions {
      Message.say("\(checkpoint.path): \(assumption.message)")
    }
    return checkpoint
  }

  /// What to say of a model in place of a checkpoint, which may lie beside it.
  private func finished(_ model: ModelReader) -> ConvertError {
    let name = String(model.manifest.provenance.checkpoint.name.prefix { $0 != "/" })
    let beside = String(path.dropLast(path.lastPathComponent.count)) + name
    let isThere = FileManager.default.fileExists(atPath: beside)
    return ConvertError(
      "\(path): a finished model, where a CLIP checkpoint is needed: name the one that it was made "
        + "of, \(isThere ? beside : "called \(name)")")
  }

  /// What a model says that it was made of: the file's name, after its folder's if that was named.
  func name(of checkpoint: CLIPCheckpoint) -> String {
    let file = checkpoint.path.lastPathComponent
    return checkpoint.path == path ? file : "\(path.lastPathComponent)/\(file)"
  }

  func tokenizer(for checkpoint: CLIPCheckpoint) throws -> Tokenizer {
    try Tokenizer(for: checkpoint, vocabulary: vocabulary)
  }
}

extension CLIPAssumption {
  /// What was assumed, and which option says otherwise.
  var message: String {
    switch self {
    case .oneOfSeveral(_, let others):
      "\(self) (--prefix \(others[0].isEmpty ? "''" : others[0]) takes the other)"
    case .noConfiguration: "\(self) (--activation and --heads say otherwise)"
    case .preprocessing: "\(self)"
    }
  }
}

/// How a checkpoint was read, as a model's recipe keeps it: whoever reads it again for the model reads it so.
struct ReadingRecipe {
  private static let rounding = "fp16-rounding"
  private static let prefix = "prefix"
  private static let activation = "activation"
  private static let heads = "heads"

  /// The entries: what no file beside the checkpoint says.
  static func entries(of checkpoint: CLIPCheckpoint) -> [String: String] {
    let reading = checkpoint.reading
    let assumptions = checkpoint.assumptions
    var entries: [String: String] = [:]
    if reading.roundsToHalf { entries[rounding] = "true" }
    let isOneOfSeveral = assumptions.contains {
      if case .oneOfSeveral = $0 { true } else { false }
    }
    if isOneOfSeveral || reading.prefix != nil { entries[prefix] = checkpoint.prefix }
    let isAssumed = assumptions.contains { if case .noConfiguration = $0 { true } else { false } }
    if isAssumed || reading.activations != nil {
      let arithmetic = checkpoint.arithmetic
      entries[activation] =
        "\(arithmetic.imageActivation.rawValue),\(arithmetic.textActivation.rawValue)"
    }
    if isAssumed || reading.heads != nil {
      entries[heads] = "\(checkpoint.geometry.visionHeads),\(checkpoint.geometry.textHeads)"
    }
    return entries
  }

  /// A reading completed by a model's recipe.
  static func complete(_ reading: CLIPReading, by recipe: [String: String]) -> CLIPReading {
    var reading = reading
    if recipe[rounding] == "true" { reading.roundsToHalf = true }
    reading.prefix = reading.prefix ?? recipe[prefix]
    func parts(_ key: String) -> [String] {
      recipe[key]?.split(separator: ",").map(String.init) ?? []
    }
    let activations = parts(activation).compactMap(Activation.init(rawValue:))
    if activations.count == 2 { reading.activations = reading.activations ?? activations }
    let heads = parts(heads).compactMap { Int($0) }
    if heads.count == 2 { reading.heads = reading.heads ?? heads }
    return reading
  }
}
