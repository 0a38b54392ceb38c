import CLIPModel
import Checkpoints
import FloatMath
import Foundation
import Imaging
import TestSupport
import Testing

/// Where a CLIP lies, and what a file is that holds none.
@Suite struct FindingTests {
  private static let fixtures = CLIPCheckpointTests.fixtures

  /// Copies weights of the small model into a folder under other names, then calls `body`.
  private static func withFolder(
    _ files: [(fixture: String, name: String)], _ body: (String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      for (fixture, name) in files {
        let path = "\(folder)/\(name)"
        let parent = path[..<(path.lastIndex(of: "/") ?? path.endIndex)]
        try FileManager.default.createDirectory(
          atPath: String(parent), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: fixtures + fixture, toPath: path)
      }
      try body(folder)
    }
  }

  private static let huggingFace = "hugging-face/model.safetensors"
  private static let openCLIP = "open-clip/open_clip_model.safetensors"

  private static func write(_ names: [String], to path: String) throws {
    try Checkpoint.write(
      names.map { NamedTensor($0, shape: [1], values: [0]) }, to: path)
  }

  private static func refusal(_ path: String) throws -> String {
    "\(try #require(throws: CLIPError.self) { try CLIPCheckpoint(path: path) })"
  }

  @Test(
    "Weights under the names that people have them under",
    arguments: [
      "model.safetensors", "model.fp16.safetensors", "pytorch_model.bf16.bin", "clip.pt",
      "open_clip_pytorch_model.bin", "ViT-B-32.pt", "epoch_5.ckpt",
    ])
  func names(name: String) throws {
    try Self.withFolder([(Self.huggingFace, name)]) { folder in
      let clip = try CLIPCheckpoint(path: folder)
      #expect(clip.path.hasSuffix("/\(name)") && clip.geometry == CLIPCheckpointTests.geometry)
    }
  }

  @Test("Beside timm's image tower the CLIP is taken")
  func timm() throws {
    try Self.withFolder([(Self.openCLIP, "open_clip_model.safetensors")]) { folder in
      try Self.write(
        ["cls_token", "patch_embed.proj.weight", "blocks.0.attn.qkv.weight"],
        to: folder + "/model.safetensors")
      try #"{"architecture": "vit_base_patch16_clip_quickgelu_224", "num_classes": 48}"#.write(
        toFile: folder + "/config.json", atomically: true, encoding: .utf8)
      let clip = try CLIPCheckpoint(path: folder)
      #expect(clip.path.hasSuffix("open_clip_model.safetensors"))
      // Without open_clip's configuration, timm's name of the model tells.
      #expect(clip.arithmetic.imageActivation == .quickGELU)
      try FileManager.default.removeItem(atPath: folder + "/open_clip_model.safetensors")
      #expect(try Self.refusal(folder).contains("image tower of a CLIP alone"))
    }
  }

  @Test("A model's folder in Hugging Face's cache leads to its snapshot")
  func cache() throws {
    let root = "models--openai--clip-vit-base-patch16"
    try Self.withFolder([
      (Self.huggingFace, root + "/snapshots/1a2b/model.safetensors"),
      (Self.huggingFace, root + "/snapshots/3c4d/model.safetensors"),
      ("state-dict.pt", root + "/blobs/5e6f"),
    ]) { folder in
      let model = folder + "/" + root
      let error = try Self.refusal(model)
      #expect(error.contains("snapshots/1a2b") && error.contains("snapshots/3c4d"), "\(error)")
      try FileManager.default.createDirectory(
        atPath: model + "/refs", withIntermediateDirectories: true)
      try "3c4d\n".write(toFile: model + "/refs/main", atomically: true, encoding: .utf8)
      for path in [model, model + "/"] {
        #expect(
          try CLIPCheckpoint(path: path).path == model + "/snapshots/3c4d/model.safetensors")
      }
      // One folder up, the model is named.
      #expect(try Self.refusal(folder).contains(folder + "/" + root))
      // Of the commit that is used elsewhere only the configuration was ever asked for.
      try FileManager.default.createDirectory(
        atPath: model + "/snapshots/9f9f", withIntermediateDirectories: true)
      try "9f9f".write(toFile: model + "/refs/main", atomically: true, encoding: .utf8)
      #expect(try Self.refusal(model).contains("snapshots/1a2b"))
      try FileManager.default.removeItem(atPath: model + "/snapshots/1a2b")
      #expect(try CLIPCheckpoint(path: model).path.contains("3c4d"))
      try FileManager.default.removeItem(atPath: model + "/refs")
      #expect(try CLIPCheckpoint(path: model).path.contains("3c4d"))
      try FileManager.default.removeItem(atPath: model + "/snapshots/9f9f")
      #expect(try CLIPCheckpoint(path: model).path.contains("3c4d"))
      try FileManager.default.removeItem(atPath: model + "/snapshots/3c4d")
      #expect(try Self.refusal(model).contains("without a snapshot"))
    }
  }

  @Test("Two folders above, in the root of Hugging Face's cache, the models are named")
  func cacheRoot() throws {
    let model = "hub/models--a--b"
    try Self.withFolder([(Self.huggingFace, model + "/snapshots/1a2b/model.safetensors")]) {
      folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/" + model + "/blobs", withIntermediateDirectories: true)
      #expect(try Self.refusal(folder).contains(folder + "/" + model))
    }
  }

  @Test("Links that were copied as text are followed, and named where they lead nowhere")
  func linksAsText() throws {
    let root = "models--a--b"
    try Self.withFolder([(Self.huggingFace, root + "/blobs/aaa")]) { folder in
      let snapshot = folder + "/" + root + "/snapshots/1a2b"
      try FileManager.default.createDirectory(
        atPath: snapshot, withIntermediateDirectories: true)
      try #"{"vision_config": {"hidden_act": "gelu", "num_attention_heads": 1}}"#.write(
        toFile: folder + "/" + root + "/blobs/bbb", atomically: true, encoding: .utf8)
      for (name, blob) in [("model.safetensors", "aaa"), ("config.json", "bbb")] {
        try "../../blobs/\(blob)".write(
          toFile: snapshot + "/" + name, atomically: true, encoding: .utf8)
      }
      let clip = try CLIPCheckpoint(path: folder + "/" + root)
      #expect(clip.path == snapshot + "/model.safetensors")
      #expect(clip.arithmetic.imageActivation == .gelu)
      try FileManager.default.removeItem(atPath: folder + "/" + root + "/blobs/aaa")
      let error = try #require(throws: CheckpointError.self) { try CLIPCheckpoint(path: snapshot) }
      #expect("\(error)".contains("copied as text"), "\(error)")
    }
  }

  @Test("Several checkpoints under names of their own: the message names them")
  func several() throws {
    try Self.withFolder([("state-dict.pt", "a.pt"), (Self.openCLIP, "b.safetensors")]) { folder in
      let error = try Self.refusal(folder)
      #expect(error.contains("a.pt, b.safetensors"), "\(error)")
      try Self.write(["x"], to: folder + "/a.pt")
      #expect(try CLIPCheckpoint(path: folder).path.hasSuffix("/b.safetensors"))
    }
  }

  @Test("Of several precisions the one nearest to the trained weights is taken")
  func variants() throws {
    try Self.withFolder([
      (Self.huggingFace, "model.bf16.safetensors"), (Self.huggingFace, "model.fp16.safetensors"),
    ]) { folder in
      let clip = try CLIPCheckpoint(path: folder)
      #expect(clip.path.hasSuffix("/model.fp16.safetensors"))
    }
  }

  @Test("Weights that cannot be read are told of, not passed over")
  func unreadable() throws {
    try Self.withFolder([(Self.openCLIP, "open_clip_model.safetensors")]) { folder in
      try "version https://git-lfs.github.com/spec/v1\n".write(
        toFile: folder + "/model.safetensors", atomically: true, encoding: .utf8)
      #expect(throws: CheckpointError.self) { try CLIPCheckpoint(path: folder) }
    }
  }

  @Test("Two CLIPs in a file: which was taken, and how to get the other")
  func twoInOne() throws {
    let source = try Checkpoint(path: Self.fixtures + "state-dict.pt")
    try withTemporaryDirectory { folder in
      let path = folder + "/two.safetensors"
      try Checkpoint.write(
        ["student.", "teacher."].flatMap { prefix in
          try source.tensors.map { tensor in
            let scale: Float = prefix == "student." ? 1 : 2
            return NamedTensor(
              prefix + tensor.name, shape: tensor.shape,
              values: try source.floats(tensor.name).map { $0 * scale })
          }
        }, to: path)
      let first = try CLIPCheckpoint(path: path)
      #expect(
        first.assumptions.first == .oneOfSeveral(taken: "student.", others: ["teacher."]))
      for prefix in ["teacher.", "teacher"] {
        var reading = CLIPReading()
        reading.prefix = prefix
        let second = try CLIPCheckpoint(path: path, reading: reading)
        #expect(second.prefix == "teacher.")
        #expect(
          try second.tensor("visual.proj") == first.tensor("visual.proj").map { $0 * 2 })
        #expect(second.assumptions.count == 1)
      }
      var reading = CLIPReading()
      reading.prefix = "pupil."
      #expect(
        throws: CLIPError.noPrefix(path: path, prefix: "pupil.", found: ["student.", "teacher."])
      ) {
        try CLIPCheckpoint(path: path, reading: reading)
      }
    }
  }

  @Test(
    "What a file is that holds no whole CLIP",
    arguments: [
      (["vision_model.embeddings.class_embedding"], "image tower of a CLIP alone"),
      (["class_embedding", "conv1.weight", "proj"], "image tower of a CLIP alone"),
      (["text_model.embeddings.token_embedding.weight"], "text tower of a CLIP alone"),
      (["token_embedding.weight", "positional_embedding"], "text tower of a CLIP alone"),
      (["vision_model.head.probe", "logit_bias"], "SigLIP"),
      (["visual.trunk.attn_pool.latent", "logit_bias"], "SigLIP"),
      (["base_model.model.vision_model.encoder.layers.0.self_attn.q_proj.lora_A.weight"], "LoRA"),
      (["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight"], "LoRA"),
      (
        [
          "vision_model.embeddings.class_embedding", "text_model.embeddings.word_embeddings.weight",
        ],
        "text tower of another kind"
      ),
    ])
  func otherKinds(names: [String], word: String) throws {
    try withTemporaryDirectory { folder in
      try Self.write(names, to: folder + "/model.safetensors")
      for path in [folder, folder + "/model.safetensors"] {
        let error = try Self.refusal(path)
        #expect(error.contains(word), "\(error)")
      }
    }
  }

  @Test(
    "Tensors that would be left out are refused",
    arguments: [
      ("visual.transformer.resblocks.0.ls_1.gamma", true), ("visual.attn_pool.query", true),
      ("transformer.resblocks.0.attn.ln_q.weight", true), ("logit_scale", false),
      ("visual.input_resolution", false),
      ("transformer.resblocks.0.attn.in_proj_weight.lora_A", true),
    ])
  func leftOver(name: String, isRefused: Bool) throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/clip.safetensors"
      try CLIPCheckpointTests.writeShapes(
        CLIPCheckpointTests.geometry.tensorShapes + [(name, [4])], to: path)
      if isRefused {
        #expect(throws: CLIPError.self) { try CLIPCheckpoint(path: path) }
      } else {
        _ = try CLIPCheckpoint(path: path)
      }
    }
  }

  // MARK: Weights alone

  /// What is assumed of weights of these sizes alone under a name.
  private static func alone(
    _ path: String, width: Int = 768, layers: Int = 12, patch: Int = 16, text: Int = 512
  ) throws -> CLIPCheckpoint {
    try withTemporaryDirectory { folder in
      let whole = folder + "/" + path
      try FileManager.default.createDirectory(
        atPath: String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)]),
        withIntermediateDirectories: true)
      try CLIPCheckpointTests.writeShapes(
        CLIPGeometry(
          imageSize: 14 * patch, patchSize: patch, visionWidth: width, visionLayers: layers,
          visionHeads: 1, textWidth: text, textLayers: 12, textHeads: 1, contextLength: 77,
          vocabularySize: 49_408, embedDim: 512
        ).tensorShapes, to: whole)
      return try CLIPCheckpoint(path: whole)
    }
  }

  @Test(
    "Published names tell GELU from QuickGELU",
    arguments: [
      ("open_clip_pytorch_model.bin", Activation.gelu), ("clip.pt", .quickGELU),
      ("CLIP-ViT-B-16-laion2B-s34B-b88K/open_clip_pytorch_model.bin", .gelu),
      ("vit_b_16-laion400m_e31-00efa78f.pt", .gelu),
      ("CLIP-ViT-B-16-DataComp.XL-s13B-b90K/open_clip_pytorch_model.bin", .gelu),
      ("CLIP-ViT-B-16-CommonPool.L.clip-s1B-b8K/open_clip_pytorch_model.bin", .gelu),
      ("DFN2B-CLIP-ViT-B-16/open_clip_pytorch_model.bin", .quickGELU),
      ("DFN2B-CLIP-ViT-L-14-39B/open_clip_pytorch_model.bin", .gelu),
      ("b16_fullcc2.5b.pt", .quickGELU), ("metaclip_400m/open_clip_pytorch_model.bin", .quickGELU),
      ("h14_v1.2_altogether.pt", .gelu),
      ("vit_base_patch16_clip_224.openai/open_clip_pytorch_model.bin", .quickGELU),
      ("models--laion--CLIP-ViT-B-16-laion2B/snapshots/0/open_clip_pytorch_model.bin", .gelu),
    ])
  func activations(path: String, activation: Activation) throws {
    let clip = try Self.alone(path)
    #expect(clip.arithmetic == CLIPArithmetic(activation))
    let assumption = try #require(clip.assumptions.first)
    #expect(clip.assumptions.count == 1)
    #expect("\(assumption)".contains(activation == .gelu ? "assumed GELU" : "assumed QuickGELU"))
  }

  @Test("LAION-400M's ViT-B/32 is QuickGELU, its others are not")
  func laion400M() throws {
    let name = "vit_b_32-laion400m_e31.pt"
    #expect(try Self.alone(name, patch: 32).arithmetic == CLIPArithmetic(.quickGELU))
    #expect(try Self.alone(name, patch: 16).arithmetic == CLIPArithmetic(.gelu))
  }

  @Test(
    "Published sizes tell the heads",
    arguments: [
      (768, 12, 512, 12, 8), (1024, 24, 768, 16, 12), (1280, 32, 1024, 16, 16),
      (1408, 40, 1024, 16, 16), (1664, 48, 1280, 16, 20), (896, 12, 640, 14, 10),
      (1792, 56, 1280, 16, 20),
    ])
  func heads(width: Int, layers: Int, text: Int, imageHeads: Int, textHeads: Int) throws {
    let clip = try Self.alone("clip.pt", width: width, layers: layers, patch: 14, text: text)
    #expect(clip.geometry.visionHeads == imageHeads && clip.geometry.textHeads == textHeads)
  }

  @Test("Names tell how images are prepared, where it is not as OpenAI does it")
  func prepared() throws {
    let dfn = try Self.alone(
      "DFN5B-CLIP-ViT-H-14/open_clip_pytorch_model.bin", width: 1280, layers: 32, patch: 14)
    #expect(dfn.preprocessing.resize == .square(196))
    #expect(dfn.assumptions.count == 2)
    let laion = try Self.alone(
      "CLIP-ViT-L-14-laion2B-s32B-b82K/open_clip_pytorch_model.bin", width: 1024, layers: 24,
      patch: 14)
    #expect(laion.preprocessing.mean == [0.5, 0.5, 0.5])
    #expect(try Self.alone("clip.pt").preprocessing == Preprocessing(size: 224))
  }

  @Test("OpenAI's own files and those with a configuration leave nothing open")
  func nothingOpen() throws {
    for file in ["openai.pt", "hugging-face", "open-clip"] {
      #expect(try CLIPCheckpoint(path: Self.fixtures + file).assumptions.isEmpty, "\(file)")
    }
  }
}
