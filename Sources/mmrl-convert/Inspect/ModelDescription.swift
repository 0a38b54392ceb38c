import Basics
import CLIPModel
import Imaging
import Inference
import ModelFile

/// A model file, for people.
///
/// Reads, and so checks, every byte of it.
struct ModelDescription {
  let text: String

  init(_ model: ModelReader, path: String) throws {
    let manifest = model.manifest
    let sizes = manifest.geometry
    var groups = TensorGroups()
    var digest = SHA256()
    for entry in model.directory {
      groups.add(entry.name, form: "\(entry.dtype) \(entry.shape)", shape: entry.shape)
      digest.update(entry.name)
      if entry.dataType == .int8 {
        digest.update(try model.int8s(entry.name))
      } else if entry.dataType == .float32 {
        digest.update(try model.floats(entry.name))
      } else if entry.dataType == .int32 {
        digest.update(try model.int32s(entry.name))
      }
    }
    let unpacked = model.directory.reduce(0) { $0 + $1.length }
    text = """
      \(path): .mmrl model, \(manifest.method.rawValue), \(Decimal.grouped(model.fileLength)) bytes \
      (\(Decimal.grouped(unpacked)) unpacked)
      images   \(sizes.imageSize) x \(sizes.imageSize), patches of \(sizes.patchSize), \
      \(sizes.layers) blocks of width \(sizes.width), \(sizes.heads) heads, joint \
      \(sizes.embedDim), \(manifest.activation.rawValue)\(Self.part(manifest))
      texts    \(Self.texts(manifest))
      adapter  \(Self.adapter(manifest))
      \(manifest.labelSets.map(Self.labels).joined(separator: "\n"))
      \(Self.calibration(manifest.calibration))
      \(Self.provenance(manifest.provenance))
      tensors  \(groups.tensors), \(Decimal.grouped(groups.parameters)) elements
      \(groups.lines.joined(separator: "\n"))
      weights  SHA-256 \(digest.hexadecimal())
      """
  }

  private static func part(_ manifest: Manifest) -> String {
    manifest.preprocessing.region.flatMap(ImageRegion.init).map { ", of their part \($0)" } ?? ""
  }

  private static func adapter(_ manifest: Manifest) -> String {
    guard manifest.method != .clip else { return "none" }
    return "\(manifest.geometry.tokenCount) tokens at layers "
      + manifest.representationLayers.map(String.init).joined(separator: ",")
      + ", alpha \(manifest.alpha), beta \(manifest.beta)"
  }

  private static func texts(_ manifest: Manifest) -> String {
    guard let text = manifest.text else { return "no text tower" }
    return "\(text.layers) blocks of width \(manifest.geometry.textWidth), \(text.heads) heads, "
      + "up to \(text.contextLength) of \(Decimal.grouped(text.vocabularySize)) tokens"
  }

  private static func labels(_ set: Manifest.LabelSet) -> String {
    let kind = set.kind.rawValue + String(repeating: " ", count: 9 - set.kind.rawValue.count)
    return "\(kind)\(Decimal.counted(set.labels.count, "label")), \"\(set.template)\": "
      + set.labels.joined(separator: ", ")
  }

  private static func calibration(_ calibration: Manifest.Calibration?) -> String {
    guard let calibration else { return "int8     not checked" }
    var text =
      "int8     tuned on \(calibration.images) \(calibration.source), smoothing "
      + Decimal.fixed(Double(calibration.smoothing), 2)
    if let cosine = calibration.classCosine {
      text += "; cosine to float \(Decimal.fixed(Double(cosine), 5)) (class)"
    }
    if let cosine = calibration.representationCosine {
      text += ", \(Decimal.fixed(Double(cosine), 5)) (representation)"
    }
    return text
  }

  private static func provenance(_ provenance: Manifest.Provenance) -> String {
    var lines = [
      "from     \(provenance.checkpoint.name), SHA-256 \(provenance.checkpoint.sha256)"
    ]
    if let adapter = provenance.adapter {
      lines.append("         \(adapter.name), SHA-256 \(adapter.sha256)")
    }
    let recipe = provenance.recipe.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    if !recipe.isEmpty { lines.append("recipe   \(recipe.joined(separator: ", "))") }
    if let seed = provenance.seed { lines.append("seed     \(seed)") }
    let scores = provenance.scores.sorted { $0.key < $1.key }.map {
      "\($0.key) \(Decimal.fixed($0.value, 2)) %"
    }
    if !scores.isEmpty { lines.append("scores   \(scores.joined(separator: ", "))") }
    lines.append("written  by \(provenance.toolVersion)")
    if let licence = provenance.licence {
      lines.append("licence  \(licence.split(whereSeparator: \.isNewline).first ?? "")")
    }
    return lines.joined(separator: "\n")
  }
}
