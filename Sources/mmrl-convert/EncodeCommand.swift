import ArgumentParser
import CLIPModel
import Checkpoints
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Quantization

/// Pictures and texts into features, in a safetensors file.
struct EncodeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode", abstract: "Write features of pictures and texts.",
    usage: """
      mmrl-convert encode <checkpoint> [--images <paths> ...] [--texts <file>] -o <file> [<options>]
      """,
    discussion: """
      The file has image_features, image_features_rep (with an adapter) and text_features: \
      float32 [N, E], rows of unit length. Its metadata lists the images and texts as JSON.
      """)

  @OptionGroup var source: SourceOptions
  @OptionGroup var adapter: AdapterOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Pictures to encode.", valueName: "files or folders"))
  var images: [String] = []

  @Option(help: ArgumentHelp("Texts to encode, one a line.", valueName: "file"))
  var texts: String?

  @Option(help: "What encodes the pictures: float or int8.")
  var engine = EngineKind.float

  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp("The file to write.", valueName: "features.safetensors"))
  var output: String

  func validate() throws {
    guard !images.isEmpty || texts != nil else {
      throw ValidationError("Name something to encode: --images, --texts or both.")
    }
  }

  func run() throws {
    try OutputPlace.check(output)
    let checkpoint = try source.openCheckpoint()
    let adapter = try adapter.load(for: checkpoint)?.adapter
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    var tensors: [NamedTensor] = []
    var metadata: [String: String] = [:]
    var unreadable = 0
    func add(_ name: String, _ features: Matrix) {
      tensors.append(
        NamedTensor(name, shape: [features.rows, features.columns], values: features.elements))
    }
    if !images.isEmpty {
      let files = try PictureFiles(images)
      let (paths, features) = try encode(files, checkpoint, clip, adapter)
      unreadable = files.paths.count - paths.count
      add("image_features", features.classFeatures)
      if let representation = features.representation { add("image_features_rep", representation) }
      metadata["images"] = try json(paths)
    }
    if let texts {
      let (lines, features) = try encodeTexts(texts, checkpoint, clip, adapter)
      add("text_features", features)
      metadata["texts"] = try json(lines)
    }
    try Checkpoint.write(tensors, metadata: metadata, to: output)
    if unreadable > 0 { throw ExitCode.partly }
  }

  private func encode(
    _ files: PictureFiles, _ checkpoint: CLIPCheckpoint, _ clip: FloatCLIP, _ adapter: Adapter?
  ) throws -> (paths: [String], features: ImageFeatures) {
    let preprocessing = checkpoint.preprocessing
    let encoder: TowerEncoder =
      switch engine {
      case .float: .float(clip, adapter, preprocessing)
      case .int8:
        try .int8(
          checkpoint, clip, adapter, .synthetic(size: preprocessing.size), beside: output,
          threads: source.threads)
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
    _ path: String, _ checkpoint: CLIPCheckpoint, _ clip: FloatCLIP, _ adapter: Adapter?
  ) throws -> (lines: [String], features: Matrix) {
    let lines = try TextFile.read(path).split(whereSeparator: \.isNewline).map(String.init)
    guard !lines.isEmpty else { throw ConvertError("\(path): no texts in it (write one a line)") }
    let tokenizer = try Tokenizer(for: checkpoint, vocabulary: source.vocab)
    let ids = lines.map { line in
      let encoding = tokenizer.encode(line, contextLength: checkpoint.geometry.contextLength)
      if encoding.isTruncated {
        Message.say("\(path): the text \"\(line)\" is too long: its end is left out")
      }
      return encoding.ids
    }
    return (
      lines, UnitRows(try clip.texts.encode(ids, tokens: adapter.map { TextTokens($0) })).rows
    )
  }

  private func json(_ list: [String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(list), as: UTF8.self)
  }
}
