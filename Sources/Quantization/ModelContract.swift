public import CLIPModel
import FloatMath
import Imaging
public import ModelFile
import Tokenization

// What CLIPModel and the model file call the same things.

extension Manifest.Method {
  /// What an adapter's method is called in a model; nil is none.
  public init(_ method: AdapterMethod?) {
    switch method {
    case nil: self = .clip
    case .mmrl: self = .mmrl
    case .mmrlPlusPlus: self = .mmrlPlusPlus
    }
  }
}

extension AdapterMethod {
  /// The method of a model's adapter; nil for a model without one.
  public init?(_ method: Manifest.Method) {
    switch method {
    case .clip: return nil
    case .mmrl: self = .mmrl
    case .mmrlPlusPlus: self = .mmrlPlusPlus
    }
  }
}

extension Manifest.Activation {
  init(_ activation: Activation) {
    switch activation {
    case .quickGELU: self = .quickGELU
    case .gelu: self = .gelu
    case .tanhGELU: self = .tanhGELU
    }
  }
}

extension Manifest.Preprocessing {
  init(_ preprocessing: Preprocessing) {
    self.init(
      size: preprocessing.size, mean: preprocessing.mean, std: preprocessing.std,
      resize: Resize(preprocessing),
      region: preprocessing.region.map {
        Region(x: $0.x, y: $0.y, width: $0.width, height: $0.height)
      })
  }
}

extension Manifest.Preprocessing.Resize {
  /// Nil for a short edge of the crop's size.
  init?(_ preprocessing: Preprocessing) {
    switch preprocessing.resize {
    case .shortEdge(preprocessing.size): return nil
    case .shortEdge(let edge): self.init(.short, edge: edge)
    case .square(let edge): self.init(.square, edge: edge)
    }
  }
}

extension Manifest.Pooling {
  /// Nil for the class row.
  init?(_ pooling: CLIPArithmetic.Pooling) {
    switch pooling {
    case .classRow: return nil
    case .normalizedPatches: self = .normalizedPatches
    case .patches: self = .patches
    }
  }
}

extension Manifest.Tokenizer.Cleaning {
  init(_ cleaning: TextCleaning) {
    switch cleaning {
    case .openAI: self = .openAI
    case .openAICased: self = .openAICased
    case .openAICanonical: self = .openAICanonical
    case .huggingFace: self = .huggingFace
    }
  }
}

extension Manifest {
  /// What a file says of a LayerNorm's epsilon: nothing where it is the usual.
  static func stored(epsilon: Float) -> Float? { epsilon == defaultEpsilon ? nil : epsilon }
}

extension TextTokens {
  /// The tokens that a model file keeps; nil for a model without an adapter.
  ///
  /// - Throws: what reading the file's tensors throws.
  public init?(_ model: ModelReader) throws(ModelFileError) {
    let manifest = model.manifest
    guard let method = AdapterMethod(manifest.method) else { return nil }
    var byLayer: [Int: Matrix] = [:]
    for layer in manifest.representationLayers {
      byLayer[layer] = Matrix(
        rows: manifest.geometry.tokenCount, columns: manifest.geometry.textWidth,
        try model.floats("text.tokens.\(layer)"))
    }
    self.init(byLayer: byLayer, beta: method == .mmrlPlusPlus ? manifest.beta : 1)
  }
}

extension LabelScorer {
  /// What scores a model's labels of a kind.
  ///
  /// - Throws: when the model's tensors cannot be read.
  public init(_ model: ModelReader, _ kind: Manifest.LabelSet.Kind) throws(ModelFileError) {
    let manifest = model.manifest
    let labels = manifest.labelSet(kind)?.labels.count ?? 0
    let embedDim = manifest.geometry.embedDim
    let prefix = "labels.\(kind.rawValue)."
    self.init(
      texts: Matrix(
        rows: labels, columns: embedDim, try model.floats(prefix + "features")),
      alpha: manifest.alpha)
    if model.entry(prefix + "discriminant.weight") != nil {
      discriminant = Discriminant(
        weight: Matrix(
          rows: labels, columns: manifest.method == .clip ? embedDim : 2 * embedDim,
          try model.floats(prefix + "discriminant.weight")),
        bias: try model.floats(prefix + "discriminant.bias"))
    }
  }
}

extension LabelScorer.Head {
  /// The head that scores labels of a kind.
  public init(_ kind: Manifest.LabelSet.Kind) { self = kind == .known ? .fusion : .classOnly }
}
