import ArgumentParser
import Checkpoints
import FloatMath
import FoundationEssentials
import Imaging
import ModelFile
import Training

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

  enum EngineKind: String, ExpressibleByArgument, CaseIterable {
    case float, int8
  }

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
    if !images.isEmpty {
      let files = try PictureFiles(images)
      let encoded = try encode(files, checkpoint, clip, adapter)
      unreadable = files.paths.count - encoded.paths.count
      guard !encoded.paths.isEmpty else { throw ConvertError("none of the pictures can be read") }
      let shape = [encoded.paths.count, checkpoint.geometry.embedDim]
      tensors.append(
        NamedTensor("image_features", shape: shape, values: encoded.features.classFeatures))
      if adapter != nil {
        tensors.append(
          NamedTensor("image_features_rep", shape: shape, values: encoded.features.representation))
      }
      metadata["images"] = try json(encoded.paths)
    }
    if let texts {
      let (lines, features) = try encodeTexts(texts, checkpoint, clip, adapter)
      tensors.append(
        NamedTensor(
          "text_features", shape: [features.rows, features.columns], values: features.elements))
      metadata["texts"] = try json(lines)
    }
    try Checkpoint.write(tensors, metadata: metadata, to: output)
    if unreadable > 0 { throw ExitCode.partly }
  }

  private func encode(
    _ files: PictureFiles, _ checkpoint: CLIPCheckpoint, _ clip: FloatCLIP, _ adapter: Adapter?
  ) throws -> (paths: [String], features: TowerFeatures) {
    let preprocessing = Preprocessing(checkpoint.preprocessing)
    let float = TowerEncoder.float(clip, adapter, preprocessing)
    let encoder =
      engine == .float
      ? float
      : try ModelMaker(
        export: ModelExport(checkpoint: checkpoint, clip: clip, adapter: adapter, labels: []),
        float: float,
        provenance: Manifest.Provenance(
          checkpoint: Manifest.Provenance.Source(
            name: checkpoint.path.lastPathComponent, sha256: ""), toolVersion: Version.text),
        threads: source.threads
      ).temporaryEncoder(beside: output, .synthetic(size: preprocessing.size))
    var paths: [String] = []
    var features = TowerFeatures()
    // Crops are held for a part of the pictures only: thousands of them would not fit.
    for start in stride(from: 0, to: files.paths.count, by: 64) {
      let crops = files.crops(
        start..<min(start + 64, files.paths.count), preprocessing, workers: source.workers)
      guard !crops.isEmpty else { continue }
      paths += crops.map(\.path)
      features.append(encoder.encode(crops.map(\.image)))
    }
    return (paths, features)
  }

  private func encodeTexts(
    _ path: String, _ checkpoint: CLIPCheckpoint, _ clip: FloatCLIP, _ adapter: Adapter?
  ) throws -> (lines: [String], features: Matrix) {
    guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: path)),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw ConvertError("\(path): cannot be read as text in UTF-8") }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    guard !lines.isEmpty else { throw ConvertError("\(path): no texts in it (write one a line)") }
    let tokenizer = try Tokenizer(for: checkpoint, vocabulary: source.vocab)
    let ids = lines.map { line in
      let encoding = tokenizer.encode(line, contextLength: checkpoint.geometry.contextLength)
      if encoding.isCut {
        Message.say("\(path): the text \"\(line)\" is too long: its end is left out")
      }
      return encoding.ids
    }
    return (lines, UnitRows(try clip.encodeTexts(ids, tokens: adapter.map { TextTokens($0) })).rows)
  }

  private func json(_ list: [String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(list), as: UTF8.self)
  }
}
