import FloatMath
import FoundationEssentials

/// What configuration files beside the weights say; nil where they say nothing.
struct CLIPConfiguration: Equatable {
  /// Sizes of a tower, to be compared with the weights'.
  struct Tower: Equatable {
    var width: Int?
    var layers: Int?
    var heads: Int?
  }

  /// The file that the sizes come from.
  var path: String?
  var vision = Tower()
  var text = Tower()
  var activation: Activation?
  /// Side of the input image, from the model's or the preprocessor's configuration.
  var imageSize: Int?
  var mean: [Float]?
  var std: [Float]?

  /// Reads Hugging Face's `config.json` and `preprocessor_config.json` in `folder`, as far as they are there.
  static func huggingFace(in folder: String) throws -> CLIPConfiguration {
    var configuration = CLIPConfiguration()
    let path = folder + "config.json"
    if let file: HuggingFaceModel = try decode(path) {
      configuration.path = path
      configuration.vision = file.vision_config?.tower ?? Tower()
      configuration.text = file.text_config?.tower ?? Tower()
      configuration.imageSize = file.vision_config?.image_size
      configuration.activation = try file.activation(path)
    }
    let preprocessor = folder + "preprocessor_config.json"
    if let file: HuggingFacePreprocessor = try decode(preprocessor) {
      if let resample = file.resample, resample != 3 {
        throw CLIPError.configuration(
          path: preprocessor, what: "asks for resample \(resample); only 3 (bicubic) is supported")
      }
      try configuration.take(mean: file.image_mean, std: file.image_std, from: preprocessor)
      configuration.imageSize = (file.crop_size ?? file.size)?.side ?? configuration.imageSize
    }
    return configuration
  }

  /// Reads open_clip's `open_clip_config.json` in `folder`; nil when there is none.
  static func openCLIP(in folder: String) throws -> CLIPConfiguration? {
    let path = folder + "open_clip_config.json"
    guard let file: OpenCLIP = try decode(path) else { return nil }
    var configuration = CLIPConfiguration()
    configuration.path = path
    if let model = file.model_cfg {
      let vision = model.vision_cfg
      configuration.vision = Tower(
        width: vision?.width, layers: vision?.layers,
        heads: vision?.width.map { $0 / max(1, vision?.head_width ?? 64) })
      configuration.text = Tower(
        width: model.text_cfg?.width, layers: model.text_cfg?.layers, heads: model.text_cfg?.heads)
      configuration.imageSize = vision?.image_size?.side
      configuration.activation = model.quick_gelu == true ? .quickGELU : .gelu
    }
    if let preprocess = file.preprocess_cfg {
      guard preprocess.interpolation ?? "bicubic" == "bicubic",
        preprocess.resize_mode ?? "shortest" == "shortest"
      else {
        throw CLIPError.configuration(
          path: path,
          what: "asks for interpolation \(preprocess.interpolation ?? "bicubic") and resize mode"
            + " \(preprocess.resize_mode ?? "shortest"); only bicubic and shortest are supported")
      }
      try configuration.take(mean: preprocess.mean, std: preprocess.std, from: path)
      configuration.imageSize = preprocess.size?.side ?? configuration.imageSize
    }
    return configuration
  }

  private mutating func take(mean: [Float]?, std: [Float]?, from path: String) throws {
    for list in [mean, std] {
      guard let list else { continue }
      guard list.count == 3, list.allSatisfy(\.isFinite) else {
        throw CLIPError.configuration(path: path, what: "mean and std should be three numbers each")
      }
    }
    guard std?.allSatisfy({ $0 > 0 }) ?? true else {
      throw CLIPError.configuration(path: path, what: "std should be positive")
    }
    self.mean = mean
    self.std = std
  }

  private static func decode<T: Decodable>(_ path: String) throws -> T? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(T.self, from: Data(contentsOf: URL(filePath: path)))
    } catch {
      throw CLIPError.configuration(path: path, what: "cannot be read: \(error)")
    }
  }
}

// The names of the properties below are the keys in the files.

/// `config.json`.
private struct HuggingFaceModel: Decodable {
  struct Tower: Decodable {
    let hidden_size: Int?
    let num_hidden_layers: Int?
    let num_attention_heads: Int?
    let hidden_act: String?
    let layer_norm_eps: Double?
    let image_size: Int?

    var tower: CLIPConfiguration.Tower {
      CLIPConfiguration.Tower(
        width: hidden_size, layers: num_hidden_layers, heads: num_attention_heads)
    }
  }
  let vision_config: Tower?
  let text_config: Tower?

  /// Both towers' activation; `CLIPConfig`'s default is Quick.
  func activation(_ path: String) throws -> Activation? {
    let towers = [vision_config, text_config].compactMap { $0 }
    for tower in towers where abs((tower.layer_norm_eps ?? 1e-5) - 1e-5) > 1e-8 {
      throw CLIPError.configuration(
        path: path, what: "sets layer_norm_eps other than 1e-5, which is not supported")
    }
    let names = Set(towers.map { $0.hidden_act ?? "quick_gelu" })
    switch names {
    case []: return nil
    case ["quick_gelu"]: return .quickGELU
    case ["gelu"]: return .gelu
    default:
      throw CLIPError.configuration(
        path: path,
        what: "sets hidden_act \(names.sorted().joined(separator: " and "));"
          + " quick_gelu or gelu for both towers is supported")
    }
  }
}

/// A side in pixels, or a dictionary or list of them that must agree.
private struct Side: Decodable {
  let side: Int

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let sides: Set<Int>
    if let side = try? container.decode(Int.self) {
      sides = [side]
    } else if let list = try? container.decode([Int].self) {
      sides = Set(list)
    } else {
      sides = Set(try container.decode([String: Int].self).values)
    }
    guard let side = sides.first, sides.count == 1 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "only square images are supported")
    }
    self.side = side
  }
}

/// `preprocessor_config.json`.
private struct HuggingFacePreprocessor: Decodable {
  let image_mean: [Float]?
  let image_std: [Float]?
  let crop_size: Side?
  let size: Side?
  let resample: Int?
}

/// `open_clip_config.json`.
private struct OpenCLIP: Decodable {
  struct Model: Decodable {
    struct Vision: Decodable {
      let width: Int?
      let layers: Int?
      let head_width: Int?
      let image_size: Side?
    }
    struct Text: Decodable {
      let width: Int?
      let layers: Int?
      let heads: Int?
    }
    let quick_gelu: Bool?
    let vision_cfg: Vision?
    let text_cfg: Text?
  }
  struct Preprocess: Decodable {
    let mean: [Float]?
    let std: [Float]?
    let size: Side?
    let interpolation: String?
    let resize_mode: String?
  }
  let model_cfg: Model?
  let preprocess_cfg: Preprocess?
}
