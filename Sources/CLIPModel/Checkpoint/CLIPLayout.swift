import Checkpoints

/// Whose names the tensors of a CLIP checkpoint have, and how OpenAI's names are found among them.
enum CLIPLayout: Equatable {
  /// OpenAI's and open_clip's: `visual.conv1.weight`. The text tower may have a prefix of its own (`text.`).
  case openAI(prefix: String, textPrefix: String)
  /// Hugging Face's `CLIPModel`: `vision_model.embeddings.patch_embedding.weight`.
  case huggingFace(prefix: String)

  /// Where the values of a tensor come from.
  enum Source: Equatable {
    case plain(String)
    /// A matrix stored the other way round.
    case transposed(String)
    /// Parts to be put one under the other.
    case stacked([String])
  }

  /// Whether the names are Hugging Face's.
  var isHuggingFace: Bool {
    if case .huggingFace = self { true } else { false }
  }

  /// What the names of all tensors begin with.
  var prefix: String {
    switch self {
    case .openAI(let prefix, _), .huggingFace(let prefix): prefix
    }
  }

  /// The CLIPs in a file, by the tensors that begin either tower: that with the shortest prefix first, else in the order of the file.
  static func all(in checkpoint: Checkpoint) -> [CLIPLayout] {
    var found: [CLIPLayout] = []
    for name in checkpoint.tensors.map(\.name) {
      func prefix(_ anchor: String) -> String? {
        guard name == anchor || name.hasSuffix(".\(anchor)") else { return nil }
        return String(name.dropLast(anchor.count))
      }
      if let prefix = prefix("vision_model.embeddings.class_embedding"),
        checkpoint.tensor("\(prefix)text_model.embeddings.token_embedding.weight") != nil
      {
        found.append(.huggingFace(prefix: prefix))
      }
      if let prefix = prefix("visual.class_embedding") {
        let text = ["text.", ""].first {
          checkpoint.tensor("\(prefix)\($0)token_embedding.weight") != nil
        }
        if let text { found.append(.openAI(prefix: prefix, textPrefix: text)) }
      }
    }
    let shortest = found.map(\.prefix.count).min() ?? 0
    return found.filter { $0.prefix.count == shortest }
      + found.filter { $0.prefix.count > shortest }
  }

  /// A tensor within the towers that no CLIP of this kind has: what it does would be left out.
  func unknownTensor(in checkpoint: Checkpoint, _ geometry: CLIPGeometry) -> String? {
    var known: Set<String> = []
    for (name, _) in geometry.tensorShapes {
      switch source(of: name) {
      case .plain(let stored), .transposed(let stored): known.insert(stored)
      case .stacked(let parts): known.formUnion(parts)
      }
    }
    let towers =
      switch self {
      case .openAI(let prefix, let text): [prefix + "visual.", "\(prefix)\(text)transformer."]
      case .huggingFace(let prefix): [prefix + "vision_model.", prefix + "text_model."]
      }
    // Sizes and constants, which some files keep among the weights.
    let harmless = [
      "position_ids", "attn_mask", "input_resolution", "output_dim", "num_batches_tracked",
    ]
    return checkpoint.tensors.lazy.map(\.name).first { name in
      towers.contains { name.hasPrefix($0) } && !known.contains(name)
        && !harmless.contains { name == $0 || name.hasSuffix(".\($0)") }
    }
  }

  /// Where to find the tensor that OpenAI calls `name`.
  func source(of name: String) -> Source {
    switch self {
    case .openAI(let prefix, let textPrefix):
      .plain(prefix + (name.hasPrefix("visual.") ? "" : textPrefix) + name)
    case .huggingFace(let prefix): Self.huggingFaceSource(of: name, prefix)
    }
  }

  /// The number of blocks below `tower`, OpenAI's name as in `visual.transformer.resblocks`: those counted without a gap.
  func layerCount(of tower: String, in checkpoint: Checkpoint) -> Int {
    var count = 0
    while case .plain(let name) = source(of: "\(tower).\(count).ln_1.weight"),
      checkpoint.tensor(name) != nil
    {
      count += 1
    }
    return count
  }

  private static func huggingFaceSource(of name: String, _ prefix: String) -> Source {
    for (tower, model) in [
      ("visual.transformer.resblocks.", "vision_model"), ("transformer.resblocks.", "text_model"),
    ] where name.hasPrefix(tower) {
      let parts = name.dropFirst(tower.count).split(separator: ".", maxSplits: 1)
      let block = "\(prefix)\(model).encoder.layers.\(parts[0])"
      let rest = String(parts[1])
      switch rest {
      case "attn.in_proj_weight", "attn.in_proj_bias":
        let kind = rest.hasSuffix("weight") ? "weight" : "bias"
        return .stacked(["q", "k", "v"].map { "\(block).self_attn.\($0)_proj.\(kind)" })
      default: return .plain("\(block).\(huggingFaceBlockName(rest))")
      }
    }
    switch name {
    case "visual.proj": return .transposed("\(prefix)visual_projection.weight")
    case "text_projection": return .transposed("\(prefix)text_projection.weight")
    case "visual.class_embedding":
      return .plain("\(prefix)vision_model.embeddings.class_embedding")
    case "visual.conv1.weight":
      return .plain("\(prefix)vision_model.embeddings.patch_embedding.weight")
    case "visual.positional_embedding":
      return .plain("\(prefix)vision_model.embeddings.position_embedding.weight")
    case "token_embedding.weight":
      return .plain("\(prefix)text_model.embeddings.token_embedding.weight")
    case "positional_embedding":
      return .plain("\(prefix)text_model.embeddings.position_embedding.weight")
    default: break
    }
    for (openAI, own) in [
      ("visual.ln_pre.", "vision_model.pre_layrnorm."),  // Misspelt there, so here too.
      ("visual.ln_post.", "vision_model.post_layernorm."),
      ("ln_final.", "text_model.final_layer_norm."),
    ] where name.hasPrefix(openAI) {
      return .plain("\(prefix)\(own)\(name.dropFirst(openAI.count))")
    }
    return .plain(prefix + name)
  }

  private static func huggingFaceBlockName(_ name: String) -> String {
    for (openAI, own) in [
      ("attn.out_proj.", "self_attn.out_proj."), ("ln_1.", "layer_norm1."),
      ("ln_2.", "layer_norm2."), ("mlp.c_fc.", "mlp.fc1."), ("mlp.c_proj.", "mlp.fc2."),
    ] where name.hasPrefix(openAI) {
      return own + name.dropFirst(openAI.count)
    }
    return name
  }
}
