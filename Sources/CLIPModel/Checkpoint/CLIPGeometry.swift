/// The sizes of a CLIP with two transformer towers.
public struct CLIPGeometry: Sendable, Equatable {
  /// Side of the square input image, pixels.
  public var imageSize: Int
  /// Side of a square patch, pixels.
  public var patchSize: Int
  /// Width of the image tower's rows, Wv.
  public var visionWidth: Int
  /// Blocks of the image tower, Lv.
  public var visionLayers: Int
  /// Attention heads of a block of the image tower.
  public var visionHeads: Int
  /// Width between the two linear layers of a block of the image tower.
  public var visionMLPWidth: Int
  /// Width of the text tower's rows, Wt.
  public var textWidth: Int
  /// Blocks of the text tower, Lt.
  public var textLayers: Int
  /// Attention heads of a block of the text tower.
  public var textHeads: Int
  /// Width between the two linear layers of a block of the text tower.
  public var textMLPWidth: Int
  /// Rows of a text, n: 77 for OpenAI's.
  public var contextLength: Int
  /// Tokens that the text tower knows: 49,408 for OpenAI's.
  public var vocabularySize: Int
  /// Size of the joint space of images and texts, E.
  public var embedDim: Int
  /// Whether the image tower has a LayerNorm before its first block; CLIPA's have none.
  public var hasInputNorm = true

  /// Puts sizes together; the MLPs are four times as wide as their tower unless told otherwise.
  public init(
    imageSize: Int, patchSize: Int, visionWidth: Int, visionLayers: Int, visionHeads: Int,
    visionMLPWidth: Int? = nil, textWidth: Int, textLayers: Int, textHeads: Int,
    textMLPWidth: Int? = nil, contextLength: Int, vocabularySize: Int, embedDim: Int
  ) {
    self.imageSize = imageSize
    self.patchSize = patchSize
    self.visionWidth = visionWidth
    self.visionLayers = visionLayers
    self.visionHeads = visionHeads
    self.visionMLPWidth = visionMLPWidth ?? 4 * visionWidth
    self.textWidth = textWidth
    self.textLayers = textLayers
    self.textHeads = textHeads
    self.textMLPWidth = textMLPWidth ?? 4 * textWidth
    self.contextLength = contextLength
    self.vocabularySize = vocabularySize
    self.embedDim = embedDim
  }

  /// Patches along one side.
  public var grid: Int { imageSize / patchSize }
  /// Patches of an image, P.
  public var patches: Int { grid * grid }

  /// Every tensor of the model under OpenAI's names, with its shape; the logit scale is left out (MMRL uses 100).
  public var tensorShapes: [(name: String, shape: [Int])] {
    let inputNorm: [(name: String, shape: [Int])] = [
      ("visual.ln_pre.weight", [visionWidth]), ("visual.ln_pre.bias", [visionWidth]),
    ]
    let vision: [(name: String, shape: [Int])] = [
      ("visual.conv1.weight", [visionWidth, 3, patchSize, patchSize]),
      ("visual.class_embedding", [visionWidth]),
      ("visual.positional_embedding", [1 + patches, visionWidth]),
      ("visual.ln_post.weight", [visionWidth]), ("visual.ln_post.bias", [visionWidth]),
      ("visual.proj", [visionWidth, embedDim]),
    ]
    let text: [(name: String, shape: [Int])] = [
      ("token_embedding.weight", [vocabularySize, textWidth]),
      ("positional_embedding", [contextLength, textWidth]),
      ("ln_final.weight", [textWidth]), ("ln_final.bias", [textWidth]),
      ("text_projection", [textWidth, embedDim]),
    ]
    return vision + (hasInputNorm ? inputNorm : [])
      + (0..<visionLayers).flatMap {
        Self.blockShapes("visual.transformer.resblocks.\($0)", visionWidth, visionMLPWidth)
      } + text
      + (0..<textLayers).flatMap {
        Self.blockShapes("transformer.resblocks.\($0)", textWidth, textMLPWidth)
      }
  }

  private static func blockShapes(_ block: String, _ width: Int, _ mlpWidth: Int) -> [(
    name: String, shape: [Int]
  )] {
    [
      ("\(block).ln_1.weight", [width]), ("\(block).ln_1.bias", [width]),
      ("\(block).attn.in_proj_weight", [3 * width, width]),
      ("\(block).attn.in_proj_bias", [3 * width]),
      ("\(block).attn.out_proj.weight", [width, width]),
      ("\(block).attn.out_proj.bias", [width]),
      ("\(block).ln_2.weight", [width]), ("\(block).ln_2.bias", [width]),
      ("\(block).mlp.c_fc.weight", [mlpWidth, width]), ("\(block).mlp.c_fc.bias", [mlpWidth]),
      ("\(block).mlp.c_proj.weight", [width, mlpWidth]), ("\(block).mlp.c_proj.bias", [width]),
    ]
  }
}
