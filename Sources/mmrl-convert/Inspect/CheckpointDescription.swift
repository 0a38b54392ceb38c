import Basics
import Checkpoints
import CLIPModel
import FloatMath
import Imaging

/// A checkpoint, an adapter, or any other tensors, for people.
struct CheckpointDescription {
  let text: String

  init(path: String) throws {
    var fault: (any Error)?
    do {
      text = try Self.clip(path)
      return
    } catch let error as CLIPError {
      fault = error
    }
    do {
      text = try Self.adapter(path)
      return
    } catch let error as CLIPError {
      // A file with MMRL's names but a broken adapter is best described by what is broken.
      if case .missing = error { throw error }
      if case .misshaped = error { throw error }
    }
    guard let file = try? Checkpoint(path: path) else { throw fault ?? ConvertError(path) }
    text = Self.tensors(file, why: fault.map { "\($0)" } ?? "")
  }

  private static func clip(_ path: String) throws -> String {
    let clip = try CLIPCheckpoint(path: path)
    let sizes = clip.geometry
    let hash = try weightsHash(sizes.tensorShapes.map(\.name)) { try clip.tensor($0) }
    var groups = TensorGroups()
    for (name, shape) in sizes.tensorShapes { groups.add(name, form: "\(shape)", shape: shape) }
    let preprocessing = clip.preprocessing
    return """
      \(clip.path): CLIP, \(clip.file.format.rawValue)
      images   \(sizes.imageSize) x \(sizes.imageSize), patches of \(sizes.patchSize), \
      \(sizes.visionLayers) blocks of width \(sizes.visionWidth), \(sizes.visionHeads) heads, \
      mean \(preprocessing.mean), std \(preprocessing.std)
      texts    \(sizes.contextLength) tokens of \(sizes.vocabularySize), \(sizes.textLayers) blocks \
      of width \(sizes.textWidth), \(sizes.textHeads) heads
      joint    \(sizes.embedDim), \(clip.activation.rawValue)
      tensors  \(groups.tensors) under OpenAI's names, \(Decimal.grouped(groups.parameters)) parameters
      \(groups.lines.joined(separator: "\n"))
      file     SHA-256 \(clip.file.sha256())
      weights  SHA-256 \(hash)
      """
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
