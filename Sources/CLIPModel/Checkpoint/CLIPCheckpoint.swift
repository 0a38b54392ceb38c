public import Checkpoints
import FoundationEssentials
public import FloatMath
public import Imaging

/// A CLIP checkpoint of any layout: its geometry, its settings, and its tensors under OpenAI's names.
///
/// Nothing is loaded before it is asked for, so a caller that takes tensor after tensor needs the memory of its own model and
/// of one tensor more.
public struct CLIPCheckpoint: Sendable {
  /// The weights file (or index of several) that the checkpoint was found in.
  public let path: String
  /// Sizes, from the tensors' shapes; heads are one for 64 columns unless a configuration says otherwise.
  public let geometry: CLIPGeometry
  /// The activation of both towers.
  public let activation: Activation
  /// Size, mean and deviation of the input: the configuration's, otherwise CLIP's own.
  public let preprocessing: Preprocessing
  /// Whether the weights of products are rounded to half precision, as the published MMRL code's loader rounds them.
  public let roundsToHalf: Bool
  /// The file as it is.
  public let file: Checkpoint
  private let layout: CLIPLayout

  /// Attention takes memory in the square of this; ViT-L/14@336 has 577.
  private static let maximumPositions = 10_001

  /// The names under which weights lie in a Hugging Face folder, in the order of preference.
  static let weightNames = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
  ]

  /// Opens a checkpoint and checks that every tensor of the model is there in the right shape.
  ///
  /// - Parameters:
  ///   - path: a file of any supported format, or a Hugging Face folder.
  ///   - roundsToHalf: for parity with the published MMRL code: convolution, linear, attention and projection weights
  ///     are rounded to fp16 and back; LayerNorms and embeddings are not.
  /// - Throws: `CheckpointError` when the file cannot be read, `CLIPError` when it holds something else than the model.
  public init(path: String, roundsToHalf: Bool = false) throws {
    self.roundsToHalf = roundsToHalf
    self.path = try Self.weights(at: path)
    file = try Checkpoint(path: self.path)
    layout = try CLIPLayout.detect(in: file)
    var geometry = try Self.geometry(of: file, layout)
    let configuration = try Self.configuration(beside: self.path, file, layout)
    try Self.apply(configuration, to: &geometry)
    self.geometry = geometry
    activation = configuration.activation ?? .quickGELU
    var preprocessing = Preprocessing(size: geometry.imageSize)
    if let mean = configuration.mean { preprocessing.mean = mean }
    if let std = configuration.std { preprocessing.std = std }
    self.preprocessing = preprocessing
    for (name, expected) in geometry.tensorShapes {
      let found = try Self.shape(of: name, file, layout, expected: expected)
      guard found == expected else {
        throw CLIPError.misshaped(
          path: self.path, tensor: Self.describe(name, layout), expected: expected, found: found)
      }
    }
  }

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
    if roundsToHalf, Self.isRounded(name) {
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

  // MARK: Finding the file and its configuration

  private static func weights(at path: String) throws -> String {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder else {
      return path
    }
    let folder = path.hasSuffix("/") ? path : path + "/"
    guard
      let name = weightNames.first(where: { FileManager.default.fileExists(atPath: folder + $0) })
    else { throw CLIPError.noCheckpoint(path: path, looked: weightNames) }
    return folder + name
  }

  /// TorchScript files are OpenAI's, which need none; others take the one that goes with their names.
  private static func configuration(beside path: String, _ file: Checkpoint, _ layout: CLIPLayout)
    throws -> CLIPConfiguration
  {
    guard file.format != .torchScript else { return CLIPConfiguration() }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    if case .openAI = layout, let own = try CLIPConfiguration.openCLIP(in: folder) { return own }
    return try CLIPConfiguration.huggingFace(in: folder)
  }

  /// Takes the heads from the configuration, whose other sizes must be those of the weights.
  private static func apply(_ configuration: CLIPConfiguration, to geometry: inout CLIPGeometry)
    throws
  {
    let path = configuration.path ?? ""
    for (what, said, found) in [
      ("image tower's width", configuration.vision.width, geometry.visionWidth),
      ("image tower's layers", configuration.vision.layers, geometry.visionLayers),
      ("text tower's width", configuration.text.width, geometry.textWidth),
      ("text tower's layers", configuration.text.layers, geometry.textLayers),
      ("image size", configuration.imageSize, geometry.imageSize),
    ] {
      guard let said, said != found else { continue }
      throw CLIPError.configuration(
        path: path,
        what: "says that the \(what) is \(said), the weights beside it say \(found):"
          + " does it belong to another checkpoint?")
    }
    geometry.visionHeads = configuration.vision.heads ?? geometry.visionHeads
    geometry.textHeads = configuration.text.heads ?? geometry.textHeads
    for (width, heads) in [
      (geometry.visionWidth, geometry.visionHeads), (geometry.textWidth, geometry.textHeads),
    ] where heads < 1 || width % heads != 0 {
      throw CLIPError.configuration(
        path: path, what: "\(heads) attention heads do not divide a width of \(width)")
    }
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
    return CLIPGeometry(
      imageSize: grid * patches[2], patchSize: patches[2], visionWidth: patches[0],
      visionLayers: layers[0], visionHeads: max(1, patches[0] / 64),
      visionMLPWidth: try shape("visual.transformer.resblocks.0.mlp.c_fc.weight", 2)[0],
      textWidth: tokens[1], textLayers: layers[1], textHeads: max(1, tokens[1] / 64),
      textMLPWidth: try shape("transformer.resblocks.0.mlp.c_fc.weight", 2)[0],
      contextLength: positions, vocabularySize: tokens[0],
      embedDim: projection[1])
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
