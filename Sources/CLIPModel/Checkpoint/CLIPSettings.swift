import FloatMath
import Imaging

/// What a checkpoint's files leave open, and how it was read.
public enum CLIPAssumption: Sendable, Equatable, CustomStringConvertible {
  /// A file holds several CLIPs, whose tensors' names begin so.
  case oneOfSeveral(taken: String, others: [String])
  /// No configuration says what the towers compute.
  case noConfiguration(String)
  /// No configuration says how images are prepared, which is not as OpenAI does it.
  case preprocessing(String)

  /// What was assumed.
  public var description: String {
    switch self {
    case .oneOfSeveral(let taken, let others):
      "holds \(others.count + 1) CLIPs: “\(taken)” was taken, not"
        + " \(others.map { "“\($0)”" }.joined(separator: ", "))"
    case .noConfiguration(let what): "no configuration beside it: assumed \(what)"
    case .preprocessing(let what): "nothing beside it says how images are prepared: assumed \(what)"
    }
  }
}

/// A checkpoint's settings put together: what was asked for, else what its configuration says, else what is known of published
/// ones like it.
struct CLIPSettings {
  var arithmetic: CLIPArithmetic
  /// Of the image tower, then of the text tower.
  var heads: [Int]
  var preprocessing: Preprocessing
  var assumptions: [CLIPAssumption] = []

  /// Puts settings together.
  ///
  /// - Parameters:
  ///   - configuration: what files say.
  ///   - reading: what was asked for.
  ///   - published: what is known of others.
  ///   - geometry: sizes, from the weights.
  ///   - isKnown: whether it is OpenAI's beyond doubt, so that nothing is assumed.
  ///   - path: for messages.
  /// - Throws: `CLIPError` for heads that do not divide a width.
  init(
    _ configuration: CLIPConfiguration, _ reading: CLIPReading, _ published: PublishedCLIPs,
    _ geometry: CLIPGeometry, isKnown: Bool, path: String
  ) throws(CLIPError) {
    guard geometry.hasInputNorm || configuration.hasNoInputNorm else {
      throw .notCLIP(
        path: path,
        what: "has no LayerNorm before its image tower's first block, as CLIPA has none: its"
          + " open_clip_config.json must lie beside it, to say what else is different")
    }
    let isConfigured = configuration.path != nil
    let guess = published.activation
    let usual = isConfigured || isKnown ? .quickGELU : guess.value
    arithmetic = CLIPArithmetic(usual)
    arithmetic.imageActivation =
      reading.activations?.first ?? configuration.vision.activation ?? usual
    arithmetic.textActivation =
      reading.activations?.last ?? configuration.text.activation ?? usual
    if let epsilon = configuration.vision.epsilon { arithmetic.imageEpsilon = epsilon }
    if let epsilon = configuration.text.epsilon { arithmetic.textEpsilon = epsilon }
    arithmetic.pooling = configuration.pooling

    let guesses = [published.imageHeads, published.textHeads]
    let given = reading.heads ?? []
    heads = [
      given.first ?? configuration.vision.heads ?? guesses[0].value,
      given.dropFirst().first ?? configuration.text.heads ?? guesses[1].value,
    ]
    for (tower, heads, width) in [
      ("image", heads[0], geometry.visionWidth), ("text", heads[1], geometry.textWidth),
    ] where heads < 1 || width % heads != 0 {
      throw .configuration(
        path: configuration.path ?? path,
        what: "\(heads) attention heads do not divide the \(tower) tower's width of \(width)")
    }

    preprocessing = configuration.preprocessing ?? Preprocessing(size: geometry.imageSize)
    if configuration.preprocessing == nil, !isKnown, let known = published.preprocessing {
      preprocessing = known.value
      let mean = known.value.mean.map { "\($0)" }.joined(separator: ", ")
      let resize = if case .square = known.value.resize { "squashed" } else { "cropped" }
      assumptions.append(
        .preprocessing("images \(resize), mean \(mean) (\(known.reason), by its name)"))
    }
    guard !isConfigured, !isKnown else { return }
    var what: [String] = []
    if reading.activations == nil {
      what.append("\(Self.name(guess.value)) (\(guess.reason))")
    }
    for (index, tower) in ["image", "text"].enumerated() where given.count <= index {
      what.append(
        "\(heads[index]) \(tower) \(heads[index] == 1 ? "head" : "heads") (\(guesses[index].reason))"
      )
    }
    if !what.isEmpty {
      assumptions.insert(.noConfiguration(what.joined(separator: ", ")), at: 0)
    }
  }

  private static func name(_ activation: Activation) -> String {
    switch activation {
    case .quickGELU: "QuickGELU"
    case .gelu: "GELU"
    case .tanhGELU: "GELU with tanh"
    }
  }
}
