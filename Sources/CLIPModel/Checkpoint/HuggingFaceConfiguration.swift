import FloatMath

/// Hugging Face's `config.json` of a `CLIPModel`; a key that is missing has the default of `CLIPConfig`.
enum HuggingFaceConfiguration {
  /// Whether the settings are those of a CLIP.
  static func isCLIP(_ settings: Settings) -> Bool {
    var settings = settings
    return settings.take("model_type") == .text("clip")
      || settings.has("text_config") && settings.has("vision_config")
  }

  static func read(
    _ settings: Settings, _ geometry: CLIPGeometry
  ) throws(CLIPError) -> CLIPConfiguration {
    var settings = settings
    var configuration = CLIPConfiguration()
    configuration.path = settings.path
    try settings.expect("model_type", ["clip"])
    try settings.expect("projection_dim", geometry.embedDim, "joint size")
    let vision = try tower("vision", &settings)
    let text = try tower("text", &settings)
    settings.drop(ends)
    try takeCommon(&settings)
    try settings.finish()

    let sizes = [geometry.visionWidth, geometry.visionLayers, geometry.visionMLPWidth]
    if var vision = vision.settings(matching: sizes, VisionDefaults.sizes) {
      configuration.vision = try read(
        &vision, sizes, "image tower", defaultHeads: VisionDefaults.heads)
      try vision.expect("image_size", geometry.imageSize, "image size")
      try vision.expect("patch_size", geometry.patchSize, "patch size")
      try vision.expect("num_channels", 3, "number of colours")
      vision.drop(ends)
      try vision.finish()
    }
    let textSizes = [geometry.textWidth, geometry.textLayers, geometry.textMLPWidth]
    if var text = text.settings(matching: textSizes, TextDefaults.sizes) {
      configuration.text = try read(
        &text, textSizes, "text tower", defaultHeads: TextDefaults.heads)
      try text.expect("vocab_size", geometry.vocabularySize, "vocabulary")
      try text.expect(
        "max_position_embeddings", geometry.contextLength, "text tower's context")
      try takeEnd(&text, geometry.vocabularySize)
      try text.finish()
    }
    return configuration
  }

  private enum VisionDefaults {
    static let sizes = [768, 12, 3072]
    static let heads = 12
  }

  private enum TextDefaults {
    static let sizes = [512, 12, 2048]
    static let heads = 8
  }

  /// A tower's settings, and those of `…_config_dict`, which older files have besides.
  fileprivate struct TowerFiles {
    var base: Settings?
    var dictionary: Settings?
  }

  private static func tower(
    _ name: String, _ settings: inout Settings
  ) throws(CLIPError) -> TowerFiles {
    TowerFiles(
      base: try settings.object("\(name)_config"),
      dictionary: try settings.object("\(name)_config_dict"))
  }

  private static func read(
    _ settings: inout Settings, _ sizes: [Int], _ tower: String, defaultHeads: Int
  ) throws(CLIPError) -> CLIPConfiguration.Tower {
    for (key, size, what) in [
      ("hidden_size", sizes[0], "width"), ("num_hidden_layers", sizes[1], "layers"),
      ("intermediate_size", sizes[2], "MLP width"),
    ] {
      try settings.expect(key, size, "\(tower)'s \(what)")
    }
    settings.drop(["projection_dim", "attention_dropout", "dropout", "model_type"])
    try takeCommon(&settings)
    return CLIPConfiguration.Tower(
      heads: try settings.integer("num_attention_heads") ?? defaultHeads,
      activation: try activation(&settings), epsilon: try settings.epsilon("layer_norm_eps"))
  }

  private static func activation(_ settings: inout Settings) throws(CLIPError) -> Activation {
    switch try settings.text("hidden_act") ?? "quick_gelu" {
    case "quick_gelu": return .quickGELU
    case "gelu", "gelu_python": return .gelu
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh",
      "gelu_accurate":
      return .tanhGELU
    case let other:
      throw settings.unsupported(
        "hidden_act", .text(other), "quick_gelu, gelu or gelu_pytorch_tanh")
    }
  }

  /// The token at which a text ends; 2 is what older files say, and stands for the highest.
  private static func takeEnd(_ text: inout Settings, _ size: Int) throws(CLIPError) {
    let end = try text.integer("eos_token_id") ?? 2
    guard end == 2 || end == size - 1 || end == 49_407 && size > end else {
      throw text.unsupported("eos_token_id", .number(Double(end)), "\(size - 1)")
    }
    text.drop(ends)
  }

  /// Tokens of texts, which mean something to the text tower alone.
  private static let ends = ["bos_token_id", "eos_token_id", "pad_token_id"]

  /// What any configuration of transformers may say besides.
  private static func takeCommon(_ settings: inout Settings) throws(CLIPError) {
    settings.drop(bookkeeping + training + generation)
    try settings.refuse([
      "quantization_config", "pruned_heads", "is_decoder", "is_encoder_decoder",
      "add_cross_attention", "cross_attention_hidden_size", "tie_encoder_decoder", "auto_map",
      "adapters", "per_layer_config",
    ])
  }

  /// Where a file comes from, and in what form a model's outputs are wanted.
  private static let bookkeeping = [
    "_name_or_path", "name_or_path", "_commit_hash", "architectures", "transformers_version",
    "torch_dtype", "dtype", "use_bfloat16", "torchscript", "return_dict", "use_return_dict",
    "output_hidden_states", "output_attentions", "_output_attentions", "attn_implementation",
    "_attn_implementation", "_attn_implementation_internal", "_attn_implementation_autoset",
    "_experts_implementation", "_flash_attn_2_enabled", "finetuning_task", "id2label", "label2id",
    "num_labels", "problem_type", "task_specific_params", "tokenizer_class", "prefix",
    "processor_class", "transformers.js_config", "license", "tags", "max_logits",
  ]

  /// What matters while a model is trained.
  private static let training = [
    "initializer_range", "initializer_factor", "logit_scale_init_value", "gradient_checkpointing",
    "tie_word_embeddings", "tf_legacy_loss", "chunk_size_feed_forward",
  ]

  /// What matters to models that write texts.
  private static let generation = [
    "max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups",
    "diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty",
    "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids",
    "num_return_sequences", "output_scores", "return_dict_in_generate", "forced_bos_token_id",
    "forced_eos_token_id", "remove_invalid_values", "exponential_decay_length_penalty",
    "suppress_tokens", "begin_suppress_tokens", "decoder_start_token_id", "sep_token_id",
    "max_new_tokens",
  ]
}

extension HuggingFaceConfiguration.TowerFiles {
  /// One object of both: what the dictionary says counts.
  ///
  /// transformers makes a whole configuration of the dictionary, and its defaults count, too, where the rest leaves them out.
  /// A dictionary that leaves out the sizes, and these are not the defaults, would not load there: it is taken for what it says.
  fileprivate func settings(matching sizes: [Int], _ defaults: [Int]) -> Settings? {
    guard var dictionary else { return base }
    guard var base else { return dictionary }
    let names = ["hidden_size", "num_hidden_layers", "intermediate_size"]
    let isWhole = zip(names, zip(sizes, defaults)).allSatisfy { name, size in
      dictionary.has(name) || size.0 == size.1
    }
    let overridden = ["num_attention_heads", "hidden_act", "layer_norm_eps"]
    if isWhole { base.drop(overridden) }
    for name in dictionary.names { base.replace(name, by: dictionary.take(name)) }
    return base
  }
}
