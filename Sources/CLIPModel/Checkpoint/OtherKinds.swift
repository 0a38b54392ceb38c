import Checkpoints

/// What a file is in which there is no whole CLIP, as far as the names of its tensors show it.
struct OtherKinds {
  private let path: String
  private let names: [String]

  init(_ checkpoint: Checkpoint) {
    path = checkpoint.path
    names = checkpoint.tensors.map(\.name)
  }

  /// Why it is no CLIP, and what to get instead.
  var refusal: CLIPError {
    if has(ending: "representation_learner.compound_rep_tokens") { return .isAdapter(path: path) }
    return .notCLIP(path: path, what: adapter ?? otherTower ?? half ?? unknown)
  }

  /// What a LoRA adapter, alone or beside the weights that it changes, is.
  var adapter: String? {
    let marks = [
      "lora_a", "lora_b", "lora_up", "lora_down", "lora_embedding", "lora_magnitude", "hada_w",
      "lokr_w", "oft_",
    ]
    let parts = names.lazy.flatMap { $0.lowercased().split(separator: ".") }
    guard parts.contains(where: { part in marks.contains { part.hasPrefix($0) } }) else {
      return nil
    }
    return "holds a LoRA adapter (as PEFT saves it), which changes a CLIP's weights and is none:"
      + " merge it into its CLIP (merge_and_unload in PEFT), save that, and name the result"
  }

  private var otherTower: String? {
    if has(ending: "visual.layer1.0.conv1.weight") {
      return "is a CLIP with a ResNet image tower; only vision transformers (ViT) are supported"
    }
    let isSigLIP =
      has("vision_model.head.probe") || has("visual.trunk.attn_pool.")
      || has(ending: "logit_bias") && !has(ending: "class_embedding")
    if isSigLIP {
      return "is a SigLIP, not a CLIP: it has no class token, and probabilities of another kind;"
        + " get a CLIP (openai/clip-vit-base-patch16, say)"
    }
    if has("visual.trunk.") {
      return "has an image tower of timm's; only CLIP's own vision transformers are supported"
    }
    return nil
  }

  private var half: String? {
    let hasImages =
      has(ending: "vision_model.embeddings.class_embedding")
      || has(ending: "visual.class_embedding")
    let hasBareImages =
      has(ending: "class_embedding") && has(ending: "conv1.weight")
      || has(ending: "cls_token") && has(ending: "patch_embed.proj.weight")
    let hasTexts =
      has(ending: "text_model.embeddings.token_embedding.weight")
      || has(ending: "token_embedding.weight")
    let hasOtherTexts = names.contains { name in
      let parts = name.split(separator: ".")
      return ["text_model", "text", "bert", "roberta", "text_encoder"].contains { kind in
        parts.prefix(3).contains { $0 == kind }
      }
    }
    switch (hasImages || hasBareImages, hasTexts) {
    case (true, _) where hasOtherTexts && !hasTexts:
      return "has an image tower like CLIP's, but a text tower of another kind; only CLIP's own"
        + " transformer is supported"
    case (true, false):
      return
        "is the image tower of a CLIP alone (CLIPVisionModel, timm): get the whole CLIP that it"
        + " is of, as CLIPModel or open_clip saves it"
    case (false, true):
      return "is the text tower of a CLIP alone (CLIPTextModel, as in Stable Diffusion's"
        + " text_encoder): get the whole CLIP that it is of, as CLIPModel or open_clip saves it"
    default: return nil
    }
  }

  private var unknown: String {
    "is not a CLIP checkpoint: it has neither “visual.class_embedding” (OpenAI, open_clip) nor"
      + " “vision_model.embeddings.class_embedding” (Hugging Face)"
  }

  private func has(_ part: String) -> Bool { names.contains { $0.contains(part) } }

  private func has(ending: String) -> Bool {
    names.contains { $0 == ending || $0.hasSuffix(".\(ending)") }
  }
}
