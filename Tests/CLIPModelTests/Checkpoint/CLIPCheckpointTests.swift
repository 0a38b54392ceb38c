import CLIPModel
import Checkpoints
import Foundation
import Imaging
import TestSupport
import Testing

struct CLIPCheckpointTests {
  /// One small model in every format (tools/shrink-checkpoints).
  static let fixtures =
    URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/CheckpointsTests/Fixtures/"

  static let files = [
    "state-dict.pt", "state-dict-legacy.bin", "openai.pt", "openai-half.pt", "hugging-face",
    "hugging-face/model.safetensors", "open-clip", "open-clip/custom_text.safetensors",
    "open-clip/epoch_32.pt",
  ]

  static let geometry = CLIPGeometry(
    imageSize: 32, patchSize: 8, visionWidth: 64, visionLayers: 1, visionHeads: 1, textWidth: 64,
    textLayers: 1, textHeads: 1, contextLength: 16, vocabularySize: 64, embedDim: 48)

  @Test("Every format gives the same model", arguments: files)
  func sameModel(file: String) throws {
    let reference = try Checkpoint(path: Self.fixtures + "state-dict.pt")
    let clip = try CLIPCheckpoint(path: Self.fixtures + file)
    #expect(clip.geometry == Self.geometry)
    #expect(clip.arithmetic == CLIPArithmetic(.quickGELU))
    #expect(clip.geometry.tensorShapes.count == 13 + 2 * 12)
    for (name, shape) in clip.geometry.tensorShapes {
      let values = try clip.tensor(name)
      #expect(values.count == shape.reduce(1, *))
      var expected = try reference.floats(name)
      if file == "openai-half.pt" { expected = expected.map { Float(Float16($0)) } }
      #expect(values == expected, "\(name)")
    }
  }

  @Test("Mean and deviation are the configuration's, otherwise CLIP's", arguments: files)
  func preprocessing(file: String) throws {
    let isOpenCLIP = file.hasPrefix("open-clip")
    #expect(
      try CLIPCheckpoint(path: Self.fixtures + file).preprocessing
        == Preprocessing(
          size: 32, mean: isOpenCLIP ? [0.5, 0.5, 0.5] : [0.48145466, 0.4578275, 0.40821073],
          std: isOpenCLIP ? [0.25, 0.25, 0.25] : [0.26862954, 0.26130258, 0.27577711]))
  }

  @Test("Rounding to half touches products' weights only, as the published loader")
  func roundsToHalf() throws {
    try withTemporaryDirectory { folder in
      var random = SplitMix64(seed: 5)
      try Self.write(to: folder + "/clip.safetensors") { _, _, values in
        for index in values.indices { values[index] = random.normal() }
      }
      let plain = try CLIPCheckpoint(path: folder + "/clip.safetensors")
      var reading = CLIPReading()
      reading.roundsToHalf = true
      let rounded = try CLIPCheckpoint(path: folder + "/clip.safetensors", reading: reading)
      for (name, _) in plain.geometry.tensorShapes {
        let values = try plain.tensor(name)
        let isKept = name.contains("ln_") || name.contains("embedding")
        #expect(
          try rounded.tensor(name) == (isKept ? values : values.map { Float(Float16($0)) }),
          "\(name)")
        #expect(values != values.map { Float(Float16($0)) }, "\(name)")
      }
    }
  }

  @Test(
    "Geometry of the models people have",
    arguments: [
      // Image size, patch, width, layers, text width, embedding: B/32, B/16, L/14, L/14@336, H/14.
      [224, 32, 768, 12, 512, 512], [224, 16, 768, 12, 512, 512], [224, 14, 1024, 24, 768, 768],
      [336, 14, 1024, 24, 768, 768], [224, 14, 1280, 32, 1024, 1024],
    ])
  func known(sizes: [Int]) throws {
    var geometry = CLIPGeometry(
      imageSize: sizes[0], patchSize: sizes[1], visionWidth: sizes[2], visionLayers: sizes[3],
      visionHeads: sizes[2] == 1280 ? 16 : sizes[2] / 64, textWidth: sizes[4], textLayers: 12,
      textHeads: sizes[4] / 64,
      contextLength: 77, vocabularySize: 49_408, embedDim: sizes[5])
    try withTemporaryDirectory { folder in
      // Shapes alone, over a hole in the file: no disk and no memory is needed for them.
      let path = folder + "/model.safetensors"
      try Self.writeShapes(geometry.tensorShapes, to: path)
      #expect(try CLIPCheckpoint(path: path).geometry == geometry)
      #expect(try CLIPCheckpoint(path: path).arithmetic == CLIPArithmetic(.quickGELU))
      // Other heads than published ones have are the configuration's to say.
      try #"{"model_cfg": {"vision_cfg": {"width": \#(sizes[2]), "head_width": 32}}}"#.write(
        toFile: folder + "/open_clip_config.json", atomically: true, encoding: .utf8)
      geometry.visionHeads = sizes[2] / 32
      #expect(try CLIPCheckpoint(path: path).geometry == geometry)
      #expect(try CLIPCheckpoint(path: path).arithmetic == CLIPArithmetic(.gelu))
    }
  }

  @Test("A tensor that is missing or misshaped is named, with the shape it should have")
  func wrongTensors() throws {
    let name = "transformer.resblocks.0.mlp.c_fc.bias"
    try withTemporaryDirectory { folder in
      let path = folder + "/clip.safetensors"
      try Self.writeShapes(Self.geometry.tensorShapes.filter { $0.name != name }, to: path)
      #expect(throws: CLIPError.missing(path: path, tensor: name, expected: [256])) {
        try CLIPCheckpoint(path: path)
      }
      try Self.writeShapes(
        Self.geometry.tensorShapes.map { $0.name == name ? ($0.name, [4, 64]) : $0 }, to: path)
      #expect(
        throws: CLIPError.misshaped(path: path, tensor: name, expected: [256], found: [4, 64])
      ) {
        try CLIPCheckpoint(path: path)
      }
    }
  }

  @Test("Values that are not finite are refused where they are read")
  func notFinite() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/clip.safetensors"
      for value in [Float.nan, .infinity] {
        try Self.write(to: path) { name, _, values in
          if name == "text_projection" { values[values.count - 1] = value }
        }
        let clip = try CLIPCheckpoint(path: path)
        _ = try clip.tensor("visual.proj")
        let error = try #require(throws: CLIPError.self) { try clip.tensor("text_projection") }
        #expect("\(error)".contains("text_projection") && "\(error)".contains(path), "\(error)")
      }
    }
  }

  @Test(
    "A context has room for start and end of a text; neither tower has more rows than attention can take"
  )
  func positions() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/clip.safetensors"
      for (context, side, isTaken) in [
        (2, 32, true), (1, 32, false), (10_001, 800, true), (10_002, 32, false), (77, 808, false),
      ] {
        var geometry = Self.geometry
        geometry.contextLength = context
        geometry.imageSize = side
        try Self.writeShapes(geometry.tensorShapes, to: path)
        if isTaken {
          #expect(try CLIPCheckpoint(path: path).geometry == geometry)
        } else {
          #expect(throws: CLIPError.self) { try CLIPCheckpoint(path: path) }
        }
      }
    }
  }

  @Test("Hugging Face names are named as they are in the file")
  func wrongHuggingFace() throws {
    let query = "text_model.encoder.layers.0.self_attn.k_proj.weight"
    let source = try Checkpoint(path: Self.fixtures + "hugging-face/model.safetensors")
    try withTemporaryDirectory { folder in
      let path = folder + "/model.safetensors"
      try Self.writeShapes(
        source.tensors.filter { $0.name != query }.map { ($0.name, $0.shape) }, to: path)
      #expect(throws: CLIPError.missing(path: path, tensor: query, expected: [64, 64])) {
        try CLIPCheckpoint(path: path)
      }
    }
  }

  @Test(
    "Models of another kind are refused in words",
    arguments: [
      ("visual.layer1.0.conv1.weight", "ResNet"), ("visual.trunk.blocks.0.attn.qkv.weight", "timm"),
      ("state_dict.representation_learner.compound_rep_tokens", "is an MMRL adapter"),
      ("fc.weight", "not a CLIP"),
      ("visual.class_embedding", "image tower of a CLIP alone"),
    ])
  func refused(name: String, word: String) throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/f.safetensors"
      try Checkpoint.write([NamedTensor(name, shape: [1], values: [0])], to: path)
      let error = try #require(throws: CLIPError.self) { try CLIPCheckpoint(path: path) }
      #expect("\(error)".contains(word), "\(error)")
    }
  }

  @Test(
    "A configuration that cannot be followed is refused",
    arguments: [
      #"{"vision_config": {"hidden_size": 768}}"#, #"{"vision_config": {"num_hidden_layers": 2}}"#,
      #"{"vision_config": {"image_size": 224}}"#, #"{"text_config": {"hidden_size": 512}}"#,
      #"{"vision_config": {"hidden_act": "relu"}}"#,
      #"{"vision_config": {"num_attention_heads": 3}}"#,
      #"{"vision_config": {"num_attention_heads": 0}}"#,
      // 12 heads, as transformers reads it, do not divide 64 columns.
      #"{"vision_config": {"hidden_act": "gelu"}}"#,
      "{", #"{"vision_config": 1}"#,
    ])
  func wrongConfiguration(json: String) throws {
    try withFolder(config: json) { folder in
      #expect(throws: CLIPError.self) { try CLIPCheckpoint(path: folder) }
    }
  }

  @Test("Activation, heads and preprocessing come from Hugging Face's files")
  func huggingFaceConfiguration() throws {
    let config =
      #"{"vision_config": {"hidden_act": "gelu", "num_attention_heads": 4}, "text_config": {"hidden_act": "gelu"}}"#
    let preprocessor =
      #"{"image_mean": [0.1, 0.2, 0.3], "image_std": [1, 2, 3], "crop_size": {"height": 32, "width": 32}, "size": {"shortest_edge": 32}, "resample": 3}"#
    try withFolder(config: config, preprocessor: preprocessor) { folder in
      let clip = try CLIPCheckpoint(path: folder)
      #expect(clip.arithmetic == CLIPArithmetic(.gelu))
      #expect(clip.geometry.visionHeads == 4 && clip.geometry.textHeads == 8)
      #expect(
        clip.preprocessing
          == Preprocessing(size: 32, mean: [0.1, 0.2, 0.3], std: [1, 2, 3]))
    }
    for wrong in [
      #"{"resample": 2}"#, #"{"image_mean": [1, 2]}"#, #"{"image_std": [1, 0, 1]}"#,
      #"{"crop_size": 224}"#,
      #"{"crop_size": {"height": 32, "width": 64}}"#,
    ] {
      try withFolder(config: config, preprocessor: wrong) { folder in
        #expect(throws: CLIPError.self, "\(wrong)") { try CLIPCheckpoint(path: folder) }
      }
    }
  }

  @Test("An empty folder says what it should have held")
  func emptyFolder() throws {
    try withTemporaryDirectory { folder in
      let error = try #require(throws: CLIPError.self) { try CLIPCheckpoint(path: folder) }
      #expect("\(error)".contains("model.safetensors"))
    }
  }

  @Test("The digest is that of the file")
  func digest() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/f.safetensors"
      let header = #"{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}} "#
      let bytes = [UInt8](repeating: 0, count: 8).enumerated().map {
        $0.offset == 0 ? UInt8(header.utf8.count) : 0
      }
      try Data(bytes + Array(header.utf8) + Array("abc".utf8)).write(to: URL(filePath: path))
      // By sha256sum.
      #expect(
        try Checkpoint(path: path).sha256()
          == "1f72e940d6a86f2001ac8a86dbfc380403e174c82daa3981bb057034f113ec7f")
    }
  }

  /// A folder with the small model's weights under Hugging Face's names, and these settings.
  private func withFolder(
    config: String, preprocessor: String? = nil, _ body: (String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      try FileManager.default.copyItem(
        atPath: Self.fixtures + "hugging-face/model.safetensors",
        toPath: folder + "/model.safetensors")
      try config.write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
      try preprocessor?.write(
        toFile: folder + "/preprocessor_config.json", atomically: true, encoding: .utf8)
      try body(folder)
    }
  }

  /// Writes a model of the small geometry, its values as `fill` leaves them.
  private static func write(to path: String, fill: (String, [Int], inout [Float]) -> Void) throws {
    try Checkpoint.write(
      geometry.tensorShapes.map { name, shape in
        var values = [Float](repeating: 0, count: shape.reduce(1, *))
        fill(name, shape, &values)
        return NamedTensor(name, shape: shape, values: values)
      }, to: path)
  }

  /// Writes a safetensors file whose data is one hole.
  static func writeShapes(_ shapes: [(name: String, shape: [Int])], to path: String) throws {
    var end = 0
    let fields = shapes.map { name, shape in
      let start = end
      end += 4 * shape.reduce(1, *)
      return "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}"
    }
    let header = Array("{\(fields.joined(separator: ","))}".utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
    try Data(length + header).write(to: URL(filePath: path))
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: UInt64(8 + header.count + end))
    try file.close()
  }
}
