import FloatMath

extension AdapterSettings {
  /// The representation layers of the papers: 6 to 12 of 12, 3 to 6 of 6, and so on of the shallower tower.
  public static func defaultLayers(_ geometry: CLIPGeometry) -> [Int] {
    let depth = min(geometry.visionLayers, geometry.textLayers)
    return Array((depth + 1) / 2...depth)
  }
}

extension AdapterGeometry {
  /// The papers' sizes on a CLIP: K = 5, d = 512, MMRL++'s ranks 4 and 64.
  public init(_ method: AdapterMethod, for clip: CLIPGeometry, layerCount: Int) {
    let isPlusPlus = method == .mmrlPlusPlus
    self.init(
      method: method, layerCount: layerCount, tokenCount: 5, spaceWidth: 512,
      visionWidth: clip.visionWidth, textWidth: clip.textWidth, embedDim: clip.embedDim,
      rank: isPlusPlus ? 4 : 0, projectionRank: isPlusPlus ? 64 : 0)
  }
}

extension Adapter {
  /// An untrained adapter, with the published distributions.
  ///
  /// Tokens N(0, 0.02); linear layers uniform within 1/sqrt(d), the same in every layer; MMRL's representation projection
  /// N(0, 1/sqrt(Wv)); MMRL++'s residuals A uniform within 1/sqrt(rank), B zero.
  ///
  /// - Parameters:
  ///   - geometry: all sizes.
  ///   - settings: with as many layers as the geometry.
  ///   - seed: the same seed gives the same adapter.
  public init(untrained geometry: AdapterGeometry, settings: AdapterSettings, seed: Int) {
    var random = PythonRandom(seed: seed)
    var shared: [String: [Float]] = [:]
    var values: [String: [Float]] = [:]
    for (name, shape) in geometry.tensorShapes {
      let count = shape.reduce(1, *)
      let last = name.split(separator: ".").last ?? ""
      switch last {
      case "compound_rep_tokens":
        values[name] = (0..<count).map { _ in 0.02 * random.normal() }
      case "proj_rep":
        let deviation = 1 / Float(geometry.visionWidth).squareRoot()
        values[name] = (0..<count).map { _ in deviation * random.normal() }
      case "A":
        let bound = 1 / Float(shape[1]).squareRoot()
        values[name] = (0..<count).map { _ in bound * random.symmetric() }
      case "B":
        values[name] = [Float](repeating: 0, count: count)
      default:
        // Weights and biases of a modality are copies of one layer's.
        let key = "\(name.contains("r2v") ? "r2v" : "r2t").\(last)"
        let bound = 1 / Float(geometry.spaceWidth).squareRoot()
        let drawn = shared[key] ?? (0..<count).map { _ in bound * random.symmetric() }
        shared[key] = drawn
        values[name] = drawn
      }
    }
    self.init(
      AdapterTensors(geometry: geometry, values: values, settings: settings), settings: settings)
  }
}
