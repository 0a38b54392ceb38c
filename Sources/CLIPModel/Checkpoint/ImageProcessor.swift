import Imaging

/// What transformers' `CLIPImageProcessor` does: `processor_config.json` of version 5, or `preprocessor_config.json`.
enum ImageProcessor {
  /// Nil when a folder has neither.
  static func read(in folder: String, _ imageSize: Int) throws(CLIPError) -> Preprocessing? {
    if var processor = try Settings.read(folder + "processor_config.json") {
      let nested = try processor.object("image_processor")
      processor.drop(["processor_class", "tokenizer"])
      try processor.refuse(["auto_map"])
      try processor.finish()
      if var nested { return try preprocessing(&nested, imageSize) }
    }
    guard var settings = try Settings.read(folder + "preprocessor_config.json") else { return nil }
    return try preprocessing(&settings, imageSize)
  }

  private static func preprocessing(
    _ settings: inout Settings, _ imageSize: Int
  ) throws(CLIPError) -> Preprocessing {
    // Others have other defaults: ViT's squashes, and has means of its own.
    try settings.expect(
      "image_processor_type",
      ["CLIPImageProcessor", "CLIPImageProcessorFast", "CLIPImageProcessorPil"])
    try settings.expect("feature_extractor_type", ["CLIPFeatureExtractor"])
    settings.drop([
      "processor_class", "_processor_class",
      "_valid_processor_keys", "return_tensors", "data_format", "input_data_format", "device",
      "disable_grouping", "image_seq_length", "do_convert_rgb", "crop_pct", "use_fast",
    ])
    try settings.refuse(["do_pad", "pad_size", "size_divisor", "auto_map", "do_reduce_labels"])
    for key in ["resample", "interpolation"] {
      guard let value = settings.take(key), value.integer != 3, value != .text("bicubic") else {
        continue
      }
      throw settings.unsupported(key, value, "3, bicubic")
    }
    let resize = try resize(&settings, imageSize)
    var (mean, std) = try settings.normalisation("image_mean", "image_std")
    if try !(settings.flag("do_normalize") ?? true) {
      mean = [0, 0, 0]
      std = [1, 1, 1]
    }
    // A byte is taken times this factor; here always over 255.
    let factor = try settings.number("rescale_factor") ?? 1 / 255
    let scale = try settings.flag("do_rescale") ?? true ? Float(255 * factor) : 255
    guard scale.isFinite, scale > 0 else {
      throw settings.unsupported("rescale_factor", .number(factor))
    }
    try settings.finish()
    if abs(scale - 1) > 1e-5 {
      mean = mean.map { $0 / scale }
      std = std.map { $0 / scale }
    }
    return Preprocessing(size: imageSize, mean: mean, std: std, resize: resize)
  }

  private static func resize(
    _ settings: inout Settings, _ imageSize: Int
  ) throws(CLIPError) -> Preprocessing.Resize {
    let isSquare = try settings.flag("default_to_square") ?? false
    let usesSquare = try settings.flag("use_square_size") ?? false
    let crop = try side(&settings, "crop_size")
    let size = settings.take("size")
    guard try settings.flag("do_resize") ?? true else {
      throw settings.unsupported("do_resize", .flag(false))
    }
    let crops = try settings.flag("do_center_crop") ?? true
    var resize = Preprocessing.Resize.shortEdge(crops ? crop ?? imageSize : imageSize)
    if let size { resize = try self.resize(size, isSquare: isSquare, settings) }
    if usesSquare { resize = .square(resize.edge) }
    guard !crops else {
      guard crop ?? imageSize == imageSize else {
        throw settings.contradiction("crop_size", "\(crop ?? 0)", "image size", "\(imageSize)")
      }
      guard resize.edge >= imageSize else {
        throw settings.contradiction("size", "\(resize.edge)", "image size", "\(imageSize)")
      }
      return resize
    }
    guard case .square = resize else {
      throw settings.unsupported(
        "do_center_crop", .flag(false), "true, or a size of height and width")
    }
    guard resize.edge == imageSize else {
      throw settings.contradiction("size", "\(resize.edge)", "image size", "\(imageSize)")
    }
    return resize
  }

  /// `224`, `[224, 224]`, `{"shortest_edge": 224}` or `{"height": 224, "width": 224}`.
  private static func resize(
    _ size: JSONValue, isSquare: Bool, _ settings: Settings
  ) throws(CLIPError) -> Preprocessing.Resize {
    let limit = 1...16_384
    func edge(_ value: JSONValue?) -> Int? {
      value?.integer.flatMap { limit.contains($0) ? $0 : nil }
    }
    if let edge = edge(size) { return isSquare ? .square(edge) : .shortEdge(edge) }
    switch size {
    case .object(let object):
      if object.count == 1, let edge = edge(object["shortest_edge"]) { return .shortEdge(edge) }
      if object.count == 2, let edge = edge(object["height"]), object["width"] == object["height"] {
        return .square(edge)
      }
    case .list(let list):
      if list.count == 2, let edge = edge(list[0]), list[0] == list[1] { return .square(edge) }
    default: break
    }
    throw settings.unsupported("size", size, "one of shortest_edge, or equal height and width")
  }

  private static func side(_ settings: inout Settings, _ key: String) throws(CLIPError) -> Int? {
    guard let value = settings.take(key) else { return nil }
    if let side = value.integer { return side }
    var sides: [JSONValue] = []
    if case .object(let object) = value { sides = ["height", "width"].compactMap { object[$0] } }
    if case .list(let list) = value { sides = list }
    guard sides.count == 2, sides[0] == sides[1], let side = sides[0].integer else {
      throw settings.unsupported(key, value, "equal height and width")
    }
    return side
  }
}
