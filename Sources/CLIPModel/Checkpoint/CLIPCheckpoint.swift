public import Checkpoints
import FloatMath
import FoundationEssentials
public import Imaging
public import Tokenization

/// A CLIP checkpoint of any layout: its geometry, its settings, and its tensors under OpenAI's names.
///
/// Nothing is loaded before it is asked for, so a caller that takes tensor after tensor needs the memory of its own model and
/// of one tensor more.
public struct CLIPCheckpoint: Sendable {
  /// The weights file (or index of several) that the checkpoint was found in.
  public let path: String
  /// Sizes, from the tensors' shapes; heads as the configuration says, or as published CLIPs of these sizes have them.
  public let geometry: CLIPGeometry
  /// What the towers compute.
  public let arithmetic: CLIPArithmetic
  /// What becomes of an image before: the configuration's, otherwise CLIP's own; which part of it, whoever uses the
  /// checkpoint may say.
  public var preprocessing: Preprocessing
  /// What its own tokenizer does to texts before it splits them.
  public let cleaning: TextCleaning
  /// How it was read.
  public let reading: CLIPReading
  /// What was assumed because no file says it, and which of several CLIPs was taken.
  public let assumptions: [CLIPAssumption]
  /// The file as it is.
  public let file: Checkpoint
  private let layout: CLIPLayout

  /// The names under which weights lie in a folder, the preferred first.
  public static let weightNames = CheckpointFinder.names

  /// Attention takes memory in the square of this; ViT-L/14@336 has 577.
  private static let maximumPositions = 10_001

  /// Opens a checkpoint and checks that every tensor of the model is there in the right shape.
  ///
  /// - Parameters:
  ///   - path: a file of any supported format, or a folder with one.
  ///   - reading: what its files do not say; rounding to half precision is for parity with the published MMRL code:
  ///     convolution, linear, attention and projection weights are rounded to fp16 and back; LayerNorms and embeddings are not.
  /// - Throws: `CheckpointError` when the file cannot be read, `CLIPError` when it holds something else than the model.
  public init(path: String, reading: CLIPReading = CLIPReading()) throws {
    self.reading = reading
    let found = try CheckpointFinder.find(at: path)
    self.path = found.path
    file = found.file
    let layout = try Self.choose(among: found, reading.prefix)
    self.layout = layout
    var geometry = try Self.geometry(of: file, layout)
    if let unknown = layout.unknownTensor(in: file, geometry) {
      throw CLIPError.notCLIP(
        path: self.path,
        what: "tensor “\(unknown)” belongs to no CLIP of the kind that is supported")
    }
    // TorchScript files are OpenAI's, which need no configuration.
    let isOpenAIs = file.format == .torchScript
    let configuration =
      isOpenAIs
      ? CLIPConfiguration() : try CLIPConfiguration.beside(self.path, layout, geometry)
    let settings = try CLIPSettings(
      configuration, reading,
      PublishedCLIPs(geometry, names: isOpenAIs ? [] : Self.names(around: self.path), layout),
      geometry, isKnown: isOpenAIs, path: self.path)
    geometry.visionHeads = settings.heads[0]
    geometry.textHeads = settings.heads[1]
    self.geometry = geometry
    arithmetic = settings.arithmetic
    preprocessing = settings.preprocessing
    cleaning = configuration.cleaning ?? (layout.isHuggingFace ? .huggingFace : .openAI)
    var assumptions = settings.assumptions
    if reading.prefix == nil, found.clips.count > 1 {
      assumptions.insert(
        .oneOfSeveral(taken: layout.prefix, others: found.clips.dropFirst().map(\.prefix)), at: 0)
    }
    self.assumptions = assumptions
    for (name, expected) in geometry.tensorShapes {
      let found = try Self.shape(of: name, file, layout, expected: expected)
      guard found == expected else {
        throw CLIPError.misshaped(
          path: self.path, tensor: Self.describe(name, layout), expected: expected, found: found)
      }
    }
  }

  /// What the names of its tensors begin with in the file.
  public var prefix: String { layout.prefix }

  /// The values of a tensor of the model, row-major.
  ///
  /// - Parameter name: one of `geometry.tensorShapes`, as in `visual.transformer.resblocks.0.attn.in_proj_weight`.
  /// - Returns: as many values as its shape there has elements.
  /// - Throws: When the model has no such tensor, or a value is not a finite number.
  public func tensor(_ name: String) throws -> [Float] {
    var values: [Float]
    switch layout.source(of: name) {
    case .plain(let name): values = try file.floats(name)
    case .transposed(let name):
      let shape = file.tensor(name)?.shape ?? []
      values = Self.transpose(try file.floats(name), rows: shape.first ?? 0)
    case .stacked(let names):
      values = []
      for name in names { values += try file.floats(name) }
    }
    guard values.allSatisfy(\.isFinite) else {
      throw CLIPError.notCLIP(
        path: file.path,
        what: "tensor “\(Self.describe(name, layout))” has values that are not finite")
    }
    if reading.roundsToHalf, Self.isRounded(name) {
      for index in values.indices { values[index] = Float(Float16(values[index])) }
    }
    return values
  }

  /// Whether the published loader (`convert_weights` of OpenAI's `clip/model.py`) keeps this tensor in fp16.
  static func isRounded(_ name: String) -> Bool {
    name.contains(".attn.") || name.contains(".mlp.")
      || ["visual.conv1.weight", "visual.proj", "text_projection"].contains(name)
  }

  private static func transpose(_ matrix: [Float], rows: Int) -> [Float] {
    guard rows > 0 else { return matrix }
    let columns = matrix.count / rows
    var result = [Float](repeating: 0, count: matrix.count)
    for row in 0..<rows {
      for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] }
    }
    return result
  }

  // MARK: Which CLIP

  private static func choose(
    among found: FoundCheckpoint, _ prefix: String?
  ) throws(CLIPError) -> CLIPLayout {
    guard let prefix else { return found.clips[0] }
    // With or without the dot at its end.
    guard
      let layout = found.clips.first(where: { $0.prefix == prefix || $0.prefix == prefix + "." })
    else {
      throw .noPrefix(path: found.path, prefix: prefix, found: found.clips.map(\.prefix))
    }
    return layout
  }

  /// The names of a file, of its folder (of its model in Hugging Face's cache), and what timm's configuration beside it calls it.
  private static func names(around path: String) -> [String] {
    let whole = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    var parts = whole.split(separator: "/").map(String.init).filter { $0 != "." }
    while let up = parts.firstIndex(of: ".."), up > 0 { parts.removeSubrange(up - 1...up) }
    var names = Array(parts.suffix(2).reversed())
    if parts.count > 3, parts[parts.count - 3] == "snapshots" {
      names.append(parts[parts.count - 4])
    }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    if var timm = try? Settings.read(folder + "config.json"),
      case .text(let architecture) = timm.take("architecture")
    {
      names.append(architecture)
      if case .object(let weights) = timm.take("pretrained_cfg"),
        case .text(let tag) = weights["tag"]
      {
        names.append(tag)
      }
    }
    return names
  }

  // MARK: Geometry

  private static func geometry(of file: Checkpoint, _ layout: CLIPLayout) throws -> CLIPGeometry {
    func shape(_ name: String, _ rank: Int) throws -> [Int] {
      let shape = try Self.shape(of: name, file, layout, expected: [])
      guard shape.count == rank, shape.allSatisfy({ $0 > 0 }) else {
        throw CLIPError.notCLIP(
          path: file.path,
          what: "tensor “\(describe(name, layout))” has shape \(shape), not of rank \(rank)")
      }
      return shape
    }
    let patches = try shape("visual.conv1.weight", 4)
    let rows = try shape("visual.positional_embedding", 2)[0]
    let grid = Int(Double(rows - 1).squareRoot())
    guard grid > 0, grid * grid == rows - 1 else {
      throw CLIPError.notCLIP(
        path: file.path,
        what:
          "its image tower has \(rows) positions, which is not 1 + a square: only square images are supported"
      )
    }
    let projection = try shape("visual.proj", 2)
    let tokens = try shape("token_embedding.weight", 2)
    let layers = ["visual.transformer.resblocks", "transformer.resblocks"].map {
      layout.layerCount(of: $0, in: file)
    }
    guard layers[0] > 0, layers[1] > 0 else {
      throw CLIPError.notCLIP(path: file.path, what: "one of its towers has no blocks")
    }
    let positions = try shape("positional_embedding", 2)[0]
    guard positions >= 2 else {
      throw CLIPError.notCLIP(
        path: file.path, what: "its text tower has no room for the start and the end of a text")
    }
    guard max(rows, positions) <= maximumPositions else {
      throw CLIPError.notCLIP(
        path: file.path,
        what: "one of its towers has \(max(rows, positions)) positions; at most"
          + " \(maximumPositions) are supported")
    }
    var geometry = CLIPGeometry(
      imageSize: grid * patches[2], patchSize: patches[2], visionWidth: patches[0],
      visionLayers: layers[0], visionHeads: max(1, patches[0] / 64),
      visionMLPWidth: try shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)[0],
      textWidth: tokens[1], textLayers: layers[1], textHeads: max(1, tokens[1] / 64),
      textMLPWidth: try shape("transformer.resblocks.0.mlp.c_fc.weight", 2)[0],
      contextLength: positions, vocabularySize: tokens[0],
      embedDim: projection[1])
    geometry.hasInputNorm = ["weight", "bias"].contains { kind in
      guard case .plain(let name) = layout.source(of: "visual.ln_pre.\(kind)") else { return true }
      return file.tensor(name) != nil
    }
    return geometry
  }

  private static func shape(
    of name: String, _ file: Checkpoint, _ layout: CLIPLayout, expected: [Int]
  ) throws -> [Int] {
    func shape(_ stored: String, _ expected: [Int]) throws -> [Int] {
      guard let tensor = file.tensor(stored) else {
        throw CLIPError.missing(path: file.path, tensor: stored, expected: expected)
      }
      return tensor.shape
    }
    switch layout.source(of: name) {
    case .plain(let stored): return try shape(stored, expected)
    case .transposed(let stored): return try shape(stored, expected.reversed()).reversed()
    case .stacked(let parts):
      let part = expected.isEmpty ? [] : [expected[0] / parts.count] + expected.dropFirst()
      let shapes = try parts.map { try shape($0, part) }
      guard let first = shapes.first, let rows = first.first, shapes.allSatisfy({ $0 == first })
      else {
        throw CLIPError.notCLIP(
          path: file.path, what: "tensors \(parts.joined(separator: ", ")) have different shapes")
      }
      return [rows * parts.count] + first.dropFirst()
    }
  }

  /// The name under which the file has the tensor, for messages.
  private static func describe(_ name: String, _ layout: CLIPLayout) -> String {
    switch layout.source(of: name) {
    case .plain(let stored): stored
    case .transposed(let stored): "\(stored) (transposed)"
    case .stacked(let parts): parts.joined(separator: " + ")
    }
  }
}
