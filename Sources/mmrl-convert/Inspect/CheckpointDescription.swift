import Basics
import Checkpoints
import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import Tokenization

/// A checkpoint, an adapter, or any other tensors, for people.
struct CheckpointDescription {
  let text: String

  /// Describes what a path leads to.
  ///
  /// - Throws: the reason for which a folder is no checkpoint, or a CLIP cannot be followed: what the other commands say, too.
  init(_ source: CheckpointSource) throws {
    text = try Self.describe(source)
  }

  private static func describe(_ source: CheckpointSource) throws -> String {
    do {
      return try clip(try source.open())
    } catch let error as CLIPError {
      return try other(source.path, than: error)
    }
  }

  /// Describes an adapter or other tensors.
  private static func other(_ path: String, than fault: CLIPError) throws -> String {
    switch fault {
    case .notCLIP, .isAdapter, .missing, .misshaped:
      var isFolder = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if isFolder { throw fault }
    default: throw fault
    }
    do {
      return try adapter(path)
    } catch let error as CLIPError {
      // A file with MMRL's names but a broken adapter is best described by what is broken.
      switch error {
      case .missing, .misshaped: throw error
      default: return tensors(try Checkpoint(path: path), why: "\(fault)")
      }
    }
  }

  private static func clip(_ clip: CLIPCheckpoint) throws -> String {
    let sizes = clip.geometry
    let hash = try weightsHash(sizes.tensorShapes.map(\.name)) { try clip.tensor($0) }
    var groups = TensorGroups()
    for (name, shape) in sizes.tensorShapes { groups.add(name, form: "\(shape)", shape: shape) }
    let preprocessing = clip.preprocessing
    return """
      \(clip.path): CLIP, \(clip.file.format.rawValue)\(named(clip.prefix))
      images   \(sizes.imageSize) x \(sizes.imageSize), patches of \(sizes.patchSize), \
      \(sizes.visionLayers) blocks of width \(sizes.visionWidth), \(sizes.visionHeads) heads, \
      mean \(preprocessing.mean), std \(preprocessing.std)\(settings(of: clip))
      texts    \(sizes.contextLength) tokens of \(sizes.vocabularySize), \(sizes.textLayers) blocks \
      of width \(sizes.textWidth), \(sizes.textHeads) heads\(epsilon(clip.arithmetic.textEpsilon)); \
      cleaned as \(cleaning(clip.cleaning))
      joint    \(sizes.embedDim), \(activations(clip.arithmetic))
      tensors  \(groups.tensors) under OpenAI's names, \(Decimal.grouped(groups.parameters)) parameters
      \(groups.lines.joined(separator: "\n"))
      file     SHA-256 \(clip.file.sha256())
      weights  SHA-256 \(hash)
      """
  }

  private static func named(_ prefix: String) -> String {
    prefix.isEmpty ? "" : ", its names begin with “\(prefix)”"
  }

  private static func activations(_ arithmetic: CLIPArithmetic) -> String {
    let names = [arithmetic.imageActivation.rawValue, arithmetic.textActivation.rawValue]
    return names[0] == names[1] ? names[0] : "\(names[0]) (images), \(names[1]) (texts)"
  }

  /// What is not as OpenAI's image tower and preprocessing.
  private static func settings(of clip: CLIPCheckpoint) -> String {
    var text = ""
    switch clip.preprocessing.resize {
    case .shortEdge(clip.preprocessing.size): break
    case .shortEdge(let edge): text += ", short edge resized to \(edge)"
    case .square(let edge): text += ", squashed to \(edge) x \(edge)"
    }
    if !clip.geometry.hasInputNorm { text += ", no LayerNorm before the first block" }
    switch clip.arithmetic.pooling {
    case .classRow: break
    case .normalizedPatches: text += ", patches normalised and averaged"
    case .patches: text += ", patches averaged and normalised"
    }
    return text + epsilon(clip.arithmetic.imageEpsilon)
  }

  private static func epsilon(_ epsilon: Float) -> String {
    epsilon == 1e-5 ? "" : ", LayerNorms with \(epsilon)"
  }

  private static func cleaning(_ cleaning: TextCleaning) -> String {
    switch cleaning {
    case .openAI: "OpenAI's tokenizer does"
    case .openAICased: "open_clip's tokenizer does (“whitespace”)"
    case .openAICanonical: "open_clip's tokenizer does (“canonicalize”)"
    case .huggingFace: "Hugging Face's tokenizer does"
    }
  }

  private static func adapter(_ path: String) throws -> String {
    let adapter = try AdapterTensors(path: path)
    let sizes = adapter.geometry
    let hash = try weightsHash(sizes.tensorShapes.map(\.name)) { adapter[$0] }
    var groups = TensorGroups()
    for (name, shape) in sizes.tensorShapes { groups.add(name, form: "\(shape)", shape: shape) }
    let settings =
      adapter.settings.map {
        "layers \($0.representationLayers.map(String.init).joined(separator: ",")), "
          + "alpha \($0.alpha), beta \($0.beta), template \"\($0.template ?? "")\""
      } ?? "none in the file (--layers, --alpha, --beta name them)"
    let notes = adapter.notes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return """
      \(path): \(sizes.method.rawValue) adapter, \(try Checkpoint(path: path).format.rawValue)
      sizes    \(sizes.tokenCount) tokens of \(sizes.spaceWidth) for \(sizes.layerCount) layers; \
      towers of width \(sizes.visionWidth) and \(sizes.textWidth), joint \(sizes.embedDim)
      settings \(settings)
      notes    \(notes.isEmpty ? "none" : notes.joined(separator: "; "))
      tensors  \(groups.tensors), \(Decimal.grouped(groups.parameters)) parameters
      \(groups.lines.joined(separator: "\n"))
      file     SHA-256 \(try Checkpoint(path: path).sha256())
      weights  SHA-256 \(hash)
      """
  }

  private static func tensors(_ file: Checkpoint, why: String) -> String {
    var groups = TensorGroups()
    for tensor in file.tensors {
      groups.add(
        tensor.name, form: "\(tensor.type.rawValue) \(tensor.shape)", shape: tensor.shape)
    }
    let metadata = file.metadata.sorted { $0.key < $1.key }.map {
      "  \($0.key): \($0.value.prefix(100))\($0.value.count > 100 ? "..." : "")"
    }
    return """
      \(file.path): tensors, \(file.format.rawValue); not a CLIP: \(why)
      tensors  \(groups.tensors), \(Decimal.grouped(groups.parameters)) elements
      \((groups.lines + metadata).joined(separator: "\n"))
      file     SHA-256 \(file.sha256())
      """
  }
}
