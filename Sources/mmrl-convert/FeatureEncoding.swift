import ArgumentParser
import Basics
import Checkpoints
import CLIPModel
import FloatMath
import FoundationEssentials
import Imaging
import Quantization
import Tokenization

/// Images and texts into a file of features.
struct FeatureEncoding {
  /// The CLIP.
  var source: CheckpointSource
  /// The adapter; nil encodes by plain CLIP.
  var adapter: AdapterSource?
  /// Files and folders of images.
  var images: [String]
  /// How their files are read.
  var access: ImageAccess
  /// A text file, one text a line.
  var texts: String?
  /// What encodes the images.
  var engine: EngineKind
  /// The safetensors file to write.
  var output: String

  /// Writes the file; loads only the towers that are needed.
  ///
  /// - Throws: when there is nothing to write; `ExitCode.partly` when some images could not be read.
  func run() throws {
    try OutputPlace.check(output)
    let checkpoint = try source.open()
    let adapter = try adapter?.load(for: checkpoint).adapter
    var tensors: [NamedTensor] = []
    var metadata: [String: String] = [:]
    var unreadable = 0
    func add(_ name: String, _ features: Matrix) {
      tensors.append(
        NamedTensor(name, shape: [features.rows, features.columns], values: features.elements))
    }
    if !images.isEmpty {
      let files = try ImageFiles(images, access)
      files.sayWhatIsLeftOut()
      let (paths, features) = try encode(files, checkpoint, adapter)
      unreadable = files.undecodable.count + files.paths.count - paths.count
      add("image_features", features.classFeatures)
      if let representation = features.representation { add("image_features_rep", representation) }
      metadata["images"] = try json(paths)
    }
    if let texts {
      let (lines, features) = try encodeTexts(texts, checkpoint, adapter)
      add("text_features", features)
      metadata["texts"] = try json(lines)
    }
    try Checkpoint.write(tensors, metadata: metadata, to: output)
    if unreadable > 0 { throw ExitCode.partly }
  }

  private func encode(
    _ files: ImageFiles, _ checkpoint: CLIPCheckpoint, _ adapter: Adapter?
  ) throws -> (paths: [String], features: ImageFeatures) {
    let preprocessing = checkpoint.preprocessing
    let encoder: TowerEncoder =
      switch engine {
      case .float:
        .float(
          try ImageEncoder(checkpoint: checkpoint, workers: source.workers), adapter, preprocessing)
      case .int8:
        try .int8(
          checkpoint, FloatCLIP(checkpoint: checkpoint, workers: source.workers), adapter,
          .synthetic(size: preprocessing.size), beside: output, threads: source.threads)
      }
    var paths: [String] = []
    var parts: [ImageFeatures] = []
    try files.forEachBatch(preprocessing, workers: source.workers) { crops in
      paths += crops.map(\.path)
      parts.append(encoder.encode(crops.map(\.image)))
    }
    return (paths, .stacked(parts))
  }

  private func encodeTexts(
    _ path: String, _ checkpoint: CLIPCheckpoint, _ adapter: Adapter?
  ) throws -> (lines: [String], features: Matrix) {
    let lines = try TextFile.read(path).split(whereSeparator: \.isNewline).map(String.init)
    guard !lines.isEmpty else { throw ConvertError("\(path): no texts in it (write one a line)") }
    let tokenizer = try source.tokenizer(for: checkpoint)
    let contextLength = checkpoint.geometry.contextLength
    let ids = lines.map { line in
      let encoding = tokenizer.encode(line, contextLength: contextLength)
      if encoding.isTruncated {
        Message.say(
          "\(path): the text \"\(line)\" is longer than the text tower's \(contextLength) tokens: "
            + "its end is left out")
      }
      return encoding.ids
    }
    let encoder = try TextEncoder(checkpoint: checkpoint, workers: source.workers)
    let features = try encoder.encode(ids, tokens: adapter.map { TextTokens($0) })
    return (lines, UnitRows(features).rows)
  }

  private func json(_ list: [String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(list), as: UTF8.self)
  }
}
