import FloatMath
import Imaging
import Tokenization

/// open_clip's `open_clip_config.json`; a key that is missing has the default of open_clip's `CLIPVisionCfg` or `CLIPTextCfg`.
enum OpenCLIPConfiguration {
  static func read(
    _ settings: Settings, _ geometry: CLIPGeometry
  ) throws(CLIPError) -> CLIPConfiguration {
    var settings = settings
    var configuration = CLIPConfiguration()
    configuration.path = settings.path
    if var model = try settings.object("model_cfg") {
      // The scale of logits is another matter than features; the last keys say in what form the model is handed out.
      model.drop([
        "init_logit_scale", "init_logit_bias", "nonscalar_logit_scale", "cast_dtype", "output_dict",
        "custom_text",
      ])
      try model.expect("embed_dim", geometry.embedDim, "joint size")
      let usual: Activation = try model.flag("quick_gelu") ?? false ? .quickGELU : .gelu
      if var vision = try model.object("vision_cfg") {
        try read(vision: &vision, usual, geometry, &configuration)
      } else {
        configuration.vision.activation = usual
      }
      if var text = try model.object("text_cfg") {
        try read(text: &text, usual, geometry, &configuration)
      } else {
        configuration.text.activation = usual
      }
      try model.finish()
    }
    if var preprocess = try settings.object("preprocess_cfg") {
      configuration.preprocessing = try read(preprocess: &preprocess, geometry.imageSize)
    }
    try settings.finish()
    return configuration
  }

  private static func read(
    vision: inout Settings, _ usual: Activation, _ geometry: CLIPGeometry,
    _ configuration: inout CLIPConfiguration
  ) throws(CLIPError) {
    try vision.expect("width", geometry.visionWidth, "image tower's width")
    try vision.expect("layers", geometry.visionLayers, "image tower's layers")
    try vision.expect("image_size", geometry.imageSize, "image size")
    try vision.expect("patch_size", geometry.patchSize, "patch size")
    try expect(
      ratio: &vision, geometry.visionMLPWidth, of: geometry.visionWidth, "image tower's MLP width")
    let headWidth = try vision.integer("head_width") ?? 64
    guard headWidth > 0 else {
      throw vision.unsupported("head_width", .number(Double(headWidth)))
    }
    configuration.vision = try tower(&vision, usual)
    configuration.vision.heads = geometry.visionWidth / headWidth

    let hasNoInputNorm = try vision.flag("no_ln_pre") ?? false
    guard hasNoInputNorm != geometry.hasInputNorm else {
      throw vision.contradiction(
        "no_ln_pre", "\(hasNoInputNorm)", "first LayerNorm",
        geometry.hasInputNorm ? "there" : "missing")
    }
    configuration.hasNoInputNorm = hasNoInputNorm
    let normalisesMean = try vision.flag("final_ln_after_pool") ?? false
    switch try vision.text("pool_type") ?? "tok" {
    case "tok": configuration.pooling = .classRow
    case "avg": configuration.pooling = normalisesMean ? .patches : .normalizedPatches
    case let other: throw vision.unsupported("pool_type", .text(other), "tok or avg")
    }
    // Both kinds of positions are among the weights.
    try vision.expect("pos_embed_type", ["learnable", "sin_cos_2d"])
    vision.drop([
      "patch_dropout", "output_tokens", "attn_pooler_queries", "attn_pooler_heads", "timm_pool",
      "timm_proj", "timm_proj_bias", "timm_drop", "timm_drop_path", "timm_model_pretrained",
    ])
    // Older versions had patches normalised, and another pooling.
    try vision.refuse([
      "attentional_pool", "timm_model_name", "input_patchnorm", "global_average_pool",
    ])
    try vision.finish()
  }

  private static func read(
    text: inout Settings, _ usual: Activation, _ geometry: CLIPGeometry,
    _ configuration: inout CLIPConfiguration
  ) throws(CLIPError) {
    try text.expect("width", geometry.textWidth, "text tower's width")
    try text.expect("layers", geometry.textLayers, "text tower's layers")
    try text.expect("context_length", geometry.contextLength, "text tower's context")
    try text.expect("vocab_size", geometry.vocabularySize, "vocabulary")
    try expect(
      ratio: &text, geometry.textMLPWidth, of: geometry.textWidth, "text tower's MLP width")
    let heads = try text.integer("heads")
    configuration.text = try tower(&text, usual)
    configuration.text.heads = heads

    let end = try text.integer("eos_id") ?? 2
    switch try text.text("pool_type") ?? "argmax" {
    case "argmax": break
    case "eos":
      guard end == geometry.vocabularySize - 1 else {
        throw text.unsupported("eos_id", .number(Double(end)), "the highest token")
      }
    case let other: throw text.unsupported("pool_type", .text(other), "argmax")
    }
    try text.expect("proj_type", ["linear"])
    // A row is normalised by itself, before or after it is chosen; what follows the end of a text is not looked at.
    text.drop(["final_ln_after_pool", "output_tokens", "pad_id", "hf_model_pretrained"])
    // The first ones belong to towers of Hugging Face, whose names come first to the eye.
    try text.refuse([
      "hf_model_name", "hf_tokenizer_name", "hf_proj_type", "hf_pooler_type", "proj", "pooler_type",
      "no_causal_mask", "embed_cls", "proj_bias", "tokenizer_mode",
    ])
    if var tokenizer = try text.object("tokenizer_kwargs") {
      switch try tokenizer.text("clean") ?? "lower" {
      case "lower": break
      case "whitespace": configuration.cleaning = .openAICased
      case "canonicalize": configuration.cleaning = .openAICanonical
      case let other:
        throw tokenizer.unsupported("clean", .text(other), "lower, whitespace or canonicalize")
      }
      try tokenizer.expect("context_length", geometry.contextLength, "text tower's context")
      try tokenizer.refuse(["reduction_mask", "additional_special_tokens"])
      try tokenizer.finish()
    }
    try text.finish()
  }

  /// What both towers are told in the same words.
  private static func tower(
    _ settings: inout Settings, _ usual: Activation
  ) throws(CLIPError) -> CLIPConfiguration.Tower {
    var tower = CLIPConfiguration.Tower()
    tower.activation = usual
    if var activation = try settings.object("act_kwargs"),
      let approximation = try activation.text("approximate")
    {
      guard usual == .gelu, ["none", "tanh"].contains(approximation) else {
        throw activation.unsupported("approximate", .text(approximation))
      }
      if approximation == "tanh" { tower.activation = .tanhGELU }
      try activation.finish()
    }
    if var norm = try settings.object("norm_kwargs") {
      tower.epsilon = try norm.epsilon("eps")
      try norm.finish()
    }
    try settings.expect("block_type", ["default"])
    try settings.refuse([
      "ls_init_value", "qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner",
      "scale_attn", "scale_fc",
    ])
    return tower
  }

  private static func expect(
    ratio settings: inout Settings, _ mlpWidth: Int, of width: Int, _ what: String
  ) throws(CLIPError) {
    let ratio = try settings.number("mlp_ratio") ?? 4
    guard ratio > 0, ratio < 100, Int(Double(width) * ratio) == mlpWidth else {
      throw settings.contradiction("mlp_ratio", "\(ratio)", what, "\(mlpWidth) for \(width)")
    }
  }

  private static func read(
    preprocess: inout Settings, _ imageSize: Int
  ) throws(CLIPError) -> Preprocessing {
    let (mean, std) = try preprocess.normalisation("mean", "std")
    if let size = preprocess.take("size") {
      // `[3, S, S]` is as good as S.
      var sides = [size]
      if case .list(let list) = size { sides = list.count == 3 ? Array(list.dropFirst()) : list }
      guard !sides.isEmpty, sides.allSatisfy({ $0.integer == imageSize }) else {
        throw preprocess.contradiction("size", size.words, "image size", "\(imageSize)")
      }
    }
    try preprocess.expect("mode", ["RGB"])
    try preprocess.expect("interpolation", ["bicubic"])
    // What lies beside an image that is made to fit: none is.
    preprocess.drop(["fill_color"])
    let mode = try preprocess.text("resize_mode") ?? "shortest"
    guard ["shortest", "squash"].contains(mode) else {
      throw preprocess.unsupported("resize_mode", .text(mode), "shortest or squash")
    }
    try preprocess.finish()
    return Preprocessing(
      size: imageSize, mean: mean, std: std, resize: mode == "squash" ? .square(imageSize) : nil)
  }
}
