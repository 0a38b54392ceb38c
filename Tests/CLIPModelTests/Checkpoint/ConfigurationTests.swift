import CLIPModel
import FloatMath
import Foundation
import Imaging
import TestSupport
import Testing

/// Every setting of a configuration is followed, known to change nothing, or refused by its name.
@Suite struct ConfigurationTests {
  /// Opens the small model's weights with these files beside them.
  private static func open(
    _ weights: String, _ files: [String: String], reading: CLIPReading = CLIPReading()
  ) throws -> CLIPCheckpoint {
    try withTemporaryDirectory { folder in
      let name = weights.split(separator: "/").last ?? ""
      try FileManager.default.copyItem(
        atPath: CLIPCheckpointTests.fixtures + weights, toPath: "\(folder)/\(name)")
      for (file, text) in files {
        try text.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
      }
      return try CLIPCheckpoint(path: folder, reading: reading)
    }
  }

  private static func huggingFace(_ config: String, _ processor: String? = nil) throws
    -> CLIPCheckpoint
  {
    var files = ["config.json": config]
    files["preprocessor_config.json"] = processor
    return try open("hugging-face/model.safetensors", files)
  }

  private static func openCLIP(_ config: String) throws -> CLIPCheckpoint {
    try open("open-clip/open_clip_model.safetensors", ["open_clip_config.json": config])
  }

  private static func refusal(_ open: () throws -> CLIPCheckpoint) throws -> String {
    "\(try #require(throws: CLIPError.self) { try open() })"
  }

  // MARK: Hugging Face's config.json

  @Test("Activation and epsilon of each tower")
  func towers() throws {
    let clip = try Self.huggingFace(
      #"{"model_type": "clip", "vision_config": {"hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6,"#
        + #" "num_attention_heads": 1}, "text_config": {"hidden_act": "gelu", "eos_token_id": 63}}"#
    )
    #expect(clip.arithmetic.imageActivation == .tanhGELU)
    #expect(clip.arithmetic.textActivation == .gelu)
    #expect(clip.arithmetic.imageEpsilon == 1e-6 && clip.arithmetic.textEpsilon == 1e-5)
    #expect(clip.assumptions.isEmpty)
  }

  @Test("What the dictionaries of older files say counts")
  func dictionaries() throws {
    let clip = try Self.huggingFace(
      #"{"vision_config": {"num_attention_heads": 1, "hidden_act": "quick_gelu"},"#
        + #" "vision_config_dict": {"num_attention_heads": 4, "hidden_act": "gelu"},"#
        + #" "text_config": {"num_attention_heads": 2}, "text_config_dict": null}"#)
    #expect(clip.geometry.visionHeads == 4 && clip.geometry.textHeads == 2)
    #expect(clip.arithmetic.imageActivation == .gelu)
    // A whole one counts with its defaults, as in transformers.
    let whole = try Self.huggingFace(
      #"{"text_config": {"hidden_act": "gelu", "num_attention_heads": 2}, "text_config_dict":"#
        + #" {"hidden_size": 64, "num_hidden_layers": 1, "intermediate_size": 256}}"#)
    #expect(whole.arithmetic.textActivation == .quickGELU && whole.geometry.textHeads == 8)
    // The base may be of another model altogether.
    let other = try Self.huggingFace(
      #"{"vision_config": {"hidden_size": 768, "num_hidden_layers": 12}, "vision_config_dict":"#
        + #" {"hidden_size": 64, "num_hidden_layers": 1, "intermediate_size": 256, "num_attention_heads": 1}}"#
    )
    #expect(other.geometry.visionWidth == 64)
  }

  @Test("What changes nothing passes")
  func harmless() throws {
    _ = try Self.huggingFace(
      #"{"architectures": ["CLIPModel"], "transformers_version": "5.0.0", "torch_dtype": "float16", "projection_dim": 48,"#
        + #" "logit_scale_init_value": 2.6592, "initializer_factor": 1.0, "_name_or_path": "x", "text_config":"#
        + #" {"add_cross_attention": false, "pruned_heads": {}, "bad_words_ids": null, "top_k": 50, "id2label": {"0": "A"},"#
        + #" "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1, "dropout": 0.0, "projection_dim": 512}}"#
    )
  }

  @Test(
    "What cannot be followed is named",
    arguments: [
      (#"{"model_type": "siglip"}"#, "model_type"), (#"{"projection_dim": 512}"#, "projection_dim"),
      (#"{"text_config": {"use_causal_mask": false}}"#, "text_config.use_causal_mask"),
      (#"{"text_config": {"eos_token_id": 7}}"#, "text_config.eos_token_id"),
      (#"{"text_config": {"is_decoder": true}}"#, "text_config.is_decoder"),
      (#"{"text_config": {"hidden_act": "relu"}}"#, "text_config.hidden_act"),
      (#"{"text_config": {"intermediate_size": 512}}"#, "text_config.intermediate_size"),
      (#"{"vision_config": {"layer_norm_eps": 0}}"#, "vision_config.layer_norm_eps"),
      (#"{"vision_config": {"patch_size": 16}}"#, "vision_config.patch_size"),
      (#"{"vision_config": {"num_channels": 1}}"#, "vision_config.num_channels"),
      (#"{"vision_config": {"hidden_size": "64"}}"#, "vision_config.hidden_size"),
      (#"{"vision_config_dict": {"num_attention_heads": 6}}"#, "6 attention heads"),
      (#"{"quantization_config": {"bits": 4}}"#, "quantization_config"), (#"{"new": 1}"#, "new"),
    ])
  func refused(config: String, name: String) throws {
    let message = try Self.refusal { try Self.huggingFace(config) }
    #expect(message.contains(name), "\(message)")
  }

  @Test("A file that is no JSON is said to be none", arguments: ["{\"a\": ", "[1", "", "no"])
  func noJSON(text: String) throws {
    let message = try Self.refusal { try Self.huggingFace(text) }
    #expect(message.hasSuffix("config.json: cannot be read: not valid JSON"), "\(message)")
  }

  // MARK: Image processors

  @Test(
    "How images are prepared",
    arguments: [
      (#"{}"#, Preprocessing(size: 32)),
      (#"{"size": 32, "crop_size": 32}"#, Preprocessing(size: 32)),
      (#"{"size": {"shortest_edge": 37}}"#, Preprocessing(size: 32, resize: .shortEdge(37))),
      (
        #"{"size": {"height": 32, "width": 32}, "do_center_crop": false}"#,
        Preprocessing(size: 32, resize: .square(32))
      ),
      (
        #"{"size": {"height": 40, "width": 40}, "crop_size": {"height": 32, "width": 32}}"#,
        Preprocessing(size: 32, resize: .square(40))
      ),
      (#"{"size": 36, "default_to_square": true}"#, Preprocessing(size: 32, resize: .square(36))),
      (
        #"{"do_normalize": false, "image_mean": [9, 9, 9]}"#,
        Preprocessing(size: 32, mean: [0, 0, 0], std: [1, 1, 1])
      ),
      (
        #"{"do_rescale": false, "image_mean": [255, 0, 510], "image_std": [255, 255, 51]}"#,
        Preprocessing(size: 32, mean: [1, 0, 2], std: [1, 1, 0.2])
      ),
      (#"{"rescale_factor": 0.00392156862745098, "resample": 3}"#, Preprocessing(size: 32)),
      (#"{"image_processor_type": "CLIPImageProcessor"}"#, Preprocessing(size: 32)),
      (#"{"image_processor_type": "CLIPImageProcessorFast"}"#, Preprocessing(size: 32)),
      (#"{"feature_extractor_type": "CLIPFeatureExtractor"}"#, Preprocessing(size: 32)),
    ])
  func processors(json: String, expected: Preprocessing) throws {
    #expect(try Self.huggingFace("{}", json).preprocessing == expected)
    // transformers 5 has the same within another file, which counts.
    let nested = try Self.open(
      "hugging-face/model.safetensors",
      [
        "config.json": "{}",
        "processor_config.json":
          #"{"processor_class": "CLIPProcessor", "image_processor": \#(json)}"#,
        "preprocessor_config.json": #"{"image_std": [7, 7, 7]}"#,
      ])
    #expect(nested.preprocessing == expected)
  }

  @Test(
    "What cannot be followed there",
    arguments: [
      (#"{"do_center_crop": false}"#, "do_center_crop"), (#"{"do_resize": false}"#, "do_resize"),
      (#"{"size": 30}"#, "size"), (#"{"size": {"longest_edge": 32}}"#, "size"),
      (#"{"size": {"shortest_edge": 32, "longest_edge": 64}}"#, "size"),
      (#"{"size": {"height": 32, "width": 64}}"#, "size"), (#"{"crop_size": 64}"#, "crop_size"),
      (#"{"resample": 2}"#, "resample"), (#"{"resample": "bilinear"}"#, "resample"),
      (#"{"do_pad": true}"#, "do_pad"), (#"{"do_flip": true}"#, "do_flip"),
      (#"{"image_std": [1, 0, 1]}"#, "image_std"), (#"{"image_mean": [1, 2]}"#, "image_mean"),
      (#"{"do_normalize": "no"}"#, "do_normalize"), (#"{"rescale_factor": 0}"#, "rescale_factor"),
      (#"{"image_processor_type": "ViTImageProcessor"}"#, "image_processor_type"),
      (#"{"feature_extractor_type": "ViTFeatureExtractor"}"#, "feature_extractor_type"),
    ])
  func refusedProcessors(json: String, name: String) throws {
    let message = try Self.refusal { try Self.huggingFace("{}", json) }
    #expect(message.contains(name), "\(message)")
  }

  @Test("A processor's file counts beside weights of OpenAI's names, too")
  func processorAlone() throws {
    let clip = try Self.open(
      "state-dict.pt", ["preprocessor_config.json": #"{"image_std": [1, 2, 3]}"#])
    #expect(clip.preprocessing.std == [1, 2, 3])
    #expect(clip.assumptions.count == 1)
  }

  // MARK: open_clip_config.json

  @Test("What open_clip can be told")
  func openCLIPSettings() throws {
    let plain = try Self.openCLIP(#"{"model_cfg": {"vision_cfg": {}, "text_cfg": {}}}"#)
    #expect(plain.arithmetic == CLIPArithmetic(.gelu))
    #expect(plain.cleaning == .openAI && plain.assumptions.isEmpty)
    let clip = try Self.openCLIP(
      #"{"model_cfg": {"embed_dim": 48, "custom_text": true, "vision_cfg": {"head_width": 16, "mlp_ratio": 4.0,"#
        + #" "act_kwargs": {"approximate": "tanh"}, "norm_kwargs": {"eps": 1e-6}, "pool_type": "avg","#
        + #" "patch_dropout": 0.5}, "text_cfg": {"heads": 2, "final_ln_after_pool": true, "pool_type": "eos","#
        + #" "eos_id": 63, "norm_kwargs": {"eps": 1e-4}, "tokenizer_kwargs": {"clean": "canonicalize"}}},"#
        + #" "preprocess_cfg": {"size": [32, 32], "mode": "RGB", "interpolation": "bicubic","#
        + #" "resize_mode": "squash", "fill_color": 0}}"#)
    #expect(clip.geometry.visionHeads == 4 && clip.geometry.textHeads == 2)
    #expect(clip.arithmetic.imageActivation == .tanhGELU && clip.arithmetic.textActivation == .gelu)
    #expect(clip.arithmetic.imageEpsilon == 1e-6 && clip.arithmetic.textEpsilon == 1e-4)
    #expect(clip.arithmetic.pooling == .normalizedPatches)
    #expect(clip.preprocessing == Preprocessing(size: 32, resize: .square(32)))
    #expect(clip.cleaning == .openAICanonical)
    let after = try Self.openCLIP(
      #"{"model_cfg": {"vision_cfg": {"pool_type": "avg", "final_ln_after_pool": true}}}"#)
    #expect(after.arithmetic.pooling == .patches)
  }

  @Test(
    "What cannot be followed there",
    arguments: [
      (#""vision_cfg": {"no_ln_pre": true}"#, "no_ln_pre"),
      (#""vision_cfg": {"pool_type": "last"}"#, "vision_cfg.pool_type"),
      (#""vision_cfg": {"attentional_pool": true}"#, "attentional_pool"),
      (#""vision_cfg": {"ls_init_value": 1e-4}"#, "ls_init_value"),
      (#""vision_cfg": {"timm_model_name": "vit"}"#, "timm_model_name"),
      (#""vision_cfg": {"qk_norm": true}"#, "qk_norm"),
      (#""vision_cfg": {"mlp_ratio": 3.0}"#, "mlp_ratio"),
      (#""vision_cfg": {"norm_kwargs": {"eps": 1e-6, "bias": false}}"#, "norm_kwargs.bias"),
      (#""vision_cfg": {"width": 128}"#, "width"),
      (#""vision_cfg": {"head_width": 0}"#, "head_width"),
      (#""text_cfg": {"no_causal_mask": true}"#, "text_cfg.no_causal_mask"),
      (#""text_cfg": {"pool_type": "last"}"#, "text_cfg.pool_type"),
      (#""text_cfg": {"pool_type": "eos"}"#, "eos_id"),
      (#""text_cfg": {"embed_cls": true}"#, "embed_cls"),
      (#""text_cfg": {"hf_tokenizer_name": "bert-base-uncased"}"#, "hf_tokenizer_name"),
      (#""text_cfg": {"tokenizer_kwargs": {"clean": "other"}}"#, "tokenizer_kwargs.clean"),
      (#""text_cfg": {"tokenizer_kwargs": {"reduction_mask": "random"}}"#, "reduction_mask"),
      (#""text_cfg": {"context_length": 77}"#, "context_length"),
      (#""quick_gelu": true, "text_cfg": {"act_kwargs": {"approximate": "tanh"}}"#, "approximate"),
      (#""multimodal_cfg": {"width": 64}"#, "multimodal_cfg"), (#""new": 1"#, "model_cfg.new"),
      (#""vision_cfg": 1"#, "vision_cfg"),
    ])
  func refusedOpenCLIP(model: String, name: String) throws {
    let message = try Self.refusal { try Self.openCLIP("{\"model_cfg\": {\(model)}}") }
    #expect(message.contains(name), "\(message)")
  }

  @Test(
    "Nor these ways to prepare images",
    arguments: ["interpolation", "resize_mode", "mode", "size", "mean", "std", "new"])
  func refusedPreprocessing(name: String) throws {
    let value = ["size": "64", "mean": "[1]", "std": "[0, 1, 1]"][name] ?? "\"longest\""
    let message = try Self.refusal {
      try Self.openCLIP("{\"preprocess_cfg\": {\"\(name)\": \(value)}}")
    }
    #expect(message.contains(name), "\(message)")
  }

  // MARK: What is asked for

  @Test("Options say otherwise than any file")
  func reading() throws {
    var reading = CLIPReading()
    reading.activations = [.tanhGELU, .gelu]
    reading.heads = [4, 2]
    let clip = try Self.open(
      "hugging-face/model.safetensors",
      ["config.json": #"{"vision_config": {"hidden_act": "gelu"}}"#],
      reading: reading)
    #expect(clip.arithmetic.imageActivation == .tanhGELU && clip.arithmetic.textActivation == .gelu)
    #expect(clip.geometry.visionHeads == 4 && clip.geometry.textHeads == 2)
    reading.heads = [4]
    reading.activations = [.gelu]
    let alone = try Self.open("state-dict.pt", [:], reading: reading)
    #expect(alone.arithmetic == CLIPArithmetic(.gelu))
    #expect(alone.geometry.visionHeads == 4 && alone.geometry.textHeads == 1)
    let left = try #require(alone.assumptions.first)
    #expect(alone.assumptions.count == 1)
    #expect("\(left)".contains("1 text head ") && !"\(left)".contains("GELU"), "\(left)")
    reading.heads = [3]
    #expect(throws: CLIPError.self) { try Self.open("state-dict.pt", [:], reading: reading) }
  }
}
