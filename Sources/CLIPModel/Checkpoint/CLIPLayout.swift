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

  /// Finds out the layout from the names.
  ///
  /// - Throws: A refusal that says what the checkpoint is instead, as far as the names show it.
  static func detect(in checkpoint: Checkpoint) throws(CLIPError) -> CLIPLayout {
    let names = checkpoint.tensors.map(\.name)
    func prefix(of anchor: String) -> String? {
      names.filter { $0 == anchor || $0.hasSuffix(".\(anchor)") }.min { $0.count < $1.count }
        .map { String($0.dropLast(anchor.count)) }
    }
    func refuse(_ what: String) -> CLIPError { .notCLIP(path: checkpoint.path, what: what) }
    if names.contains(where: { $0.hasSuffix("representation_learner.compound_rep_tokens") }) {
      throw .isAdapter(path: checkpoint.path)
    }
    if names.contains(where: { $0.hasSuffix("visual.layer1.0.conv1.weight") }) {
      throw refuse(
        "is a CLIP with a ResNet image tower; only vision transformers (ViT) are supported")
    }
    if let prefix = prefix(of: "vision_model.embeddings.class_embedding") {
      return .huggingFace(prefix: prefix)
    }
    if let prefix = prefix(of: "visual.class_embedding") {
      let hasOwnText = checkpoint.tensor("\(prefix)text.token_embedding.weight") != nil
      return .openAI(prefix: prefix, textPrefix: hasOwnText ? "text." : "")
    }
    throw refuse(
      names.contains { $0.contains("visual.trunk.") }
        ? "has an image tower of timm's; only CLIP's own vision transformers are supported"
        : "is not a CLIP checkpoint: it has neither “visual.class_embedding” (OpenAI, open_clip) nor"
          + " “vision_model.embeddings.class_embedding” (Hugging Face)")
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
