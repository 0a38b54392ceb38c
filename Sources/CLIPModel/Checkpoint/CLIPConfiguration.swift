import FloatMath
import Imaging
import Tokenization

/// What configuration files beside the weights say; nil where they say nothing.
struct CLIPConfiguration {
  /// What a tower does.
  struct Tower {
    var heads: Int?
    var activation: Activation?
    var epsilon: Float?
  }

  /// The file that says what the towers are; nil where there is none.
  var path: String?
  var vision = Tower()
  var text = Tower()
  var pooling = CLIPArithmetic.Pooling.classRow
  /// Whether it says that the image tower has no LayerNorm before its first block.
  var hasNoInputNorm = false
  /// How images are prepared; nil where no file says so.
  var preprocessing: Preprocessing?
  /// How texts are; nil where no file says so.
  var cleaning: TextCleaning?

  /// Reads what there is in the weights' folder.
  ///
  /// - Throws: `CLIPError.configuration` for a setting that contradicts the weights, or cannot be followed.
  static func beside(
    _ path: String, _ layout: CLIPLayout, _ geometry: CLIPGeometry
  ) throws(CLIPError) -> CLIPConfiguration {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let openCLIP = try Settings.read(folder + "open_clip_config.json")
    let huggingFace = try Settings.read(folder + "config.json").flatMap {
      // The configuration of anything else may lie beside weights of OpenAI's making.
      layout.isHuggingFace && openCLIP == nil || HuggingFaceConfiguration.isCLIP($0) ? $0 : nil
    }
    if let openCLIP, huggingFace == nil || !layout.isHuggingFace {
      return try OpenCLIPConfiguration.read(openCLIP, geometry)
    }
    var configuration = CLIPConfiguration()
    if let huggingFace {
      configuration = try HuggingFaceConfiguration.read(huggingFace, geometry)
    }
    configuration.preprocessing = try ImageProcessor.read(in: folder, geometry.imageSize)
    return configuration
  }
}

extension Settings {
  /// Three numbers, one a colour.
  mutating func colours(_ key: String) throws(CLIPError) -> [Float]? {
    guard let value = take(key) else { return nil }
    // torchvision takes one number for all colours, too.
    if case .number(let number) = value { return [Float](repeating: Float(number), count: 3) }
    guard case .list(let list) = value, list.count == 3 else {
      throw .configuration(
        path: path, what: "\(key) is \(value.words), where three numbers are needed")
    }
    var numbers: [Float] = []
    for value in list {
      guard case .number(let number) = value, Float(number).isFinite else {
        throw .configuration(path: path, what: "\(key) has \(value.words) among its numbers")
      }
      numbers.append(Float(number))
    }
    return numbers
  }

  /// Mean and deviation, which must be positive; OpenAI's where they are missing.
  mutating func normalisation(
    _ mean: String, _ std: String
  ) throws(CLIPError) -> (mean: [Float], std: [Float]) {
    let usual = Preprocessing(size: 1)
    let found = (try colours(mean) ?? usual.mean, try colours(std) ?? usual.std)
    guard found.1.allSatisfy({ $0 > 0 }) else {
      throw .configuration(path: path, what: "\(std) should be positive")
    }
    return found
  }

  /// What LayerNorms add to the variance.
  mutating func epsilon(_ key: String) throws(CLIPError) -> Float? {
    guard let epsilon = try number(key) else { return nil }
    guard epsilon > 1e-30, epsilon < 1 else { throw unsupported(key, .number(epsilon)) }
    return Float(epsilon)
  }
}
