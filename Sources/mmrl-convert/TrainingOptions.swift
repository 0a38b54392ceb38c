import ArgumentParser
import CLIPModel
import ModelFile
import Training

/// What `--train` and `evaluate` may change about an adapter and its training; all else is the preset's.
struct TrainingOptions: ParsableArguments {
  @Option(help: "Weight of the class logits in the fusion; 1 leaves the representation out.")
  var alpha: Float?

  @Option(help: "MMRL++: share of new tokens at later layers; 1 overwrites them (no PRC).")
  var beta: Float?

  @Option(
    help: ArgumentHelp(
      "Weight of the terms that hold features near the frozen CLIP's.", valueName: "lambda"))
  var regWeight: Double?

  @Option(help: ArgumentHelp("Representation layers J, counted from 1.", valueName: "6,7,8,..."))
  var layers: LayerList?

  @Option(help: ArgumentHelp("Representation tokens K of a layer.", valueName: "k"))
  var tokens: Int?

  @Option(help: ArgumentHelp("Width d of the representation space.", valueName: "d"))
  var spaceWidth: Int?

  @Option(help: ArgumentHelp("MMRL++: rank of the aligner's residuals.", valueName: "r"))
  var rank: Int?

  @Option(help: "Passes over the photos.")
  var epochs: Int?

  @Option(help: "Photos a step.")
  var batchSize: Int?

  @Option(help: "Learning rate at the top of its cosine.")
  var learningRate: Double?

  @Flag(inversion: .prefixedNo, help: "Add a discriminant of the shots' features to the fusion.")
  var discriminant: Bool?

  func validate() throws {
    for (name, value) in [("--alpha", alpha), ("--beta", beta)] {
      if let value, !(0...1).contains(value) { throw ValidationError("\(name) takes 0 to 1.") }
    }
    for (name, value) in [
      ("--tokens", tokens), ("--space-width", spaceWidth), ("--rank", rank), ("--epochs", epochs),
      ("--batch-size", batchSize),
    ] {
      if let value, !(1...100_000).contains(value) {
        throw ValidationError("\(name) takes a whole number from 1.")
      }
    }
    if let learningRate, !(learningRate > 0 && learningRate < 1) {
      throw ValidationError("--learning-rate takes a number between 0 and 1.")
    }
    if let regWeight, !(regWeight >= 0 && regWeight < 1e6) {
      throw ValidationError("--reg-weight takes a number from 0.")
    }
  }

  /// Refuses what would be ignored; nil is zero-shot.
  func check(for method: AdapterMethod?) throws {
    let ofPlusPlus = [("--beta", beta != nil), ("--rank", rank != nil)]
    let ofAny = [
      ("--alpha", alpha != nil), ("--reg-weight", regWeight != nil), ("--layers", layers != nil),
      ("--tokens", tokens != nil), ("--space-width", spaceWidth != nil),
      ("--epochs", epochs != nil), ("--batch-size", batchSize != nil),
      ("--learning-rate", learningRate != nil), ("--discriminant", discriminant != nil),
    ]
    if method == nil, let name = (ofPlusPlus + ofAny).first(where: \.1)?.0 {
      throw ValidationError("\(name) needs a --method that trains.")
    }
    if method == .mmrl, let name = ofPlusPlus.first(where: \.1)?.0 {
      throw ValidationError("\(name) belongs to --method mmrl++.")
    }
  }

  /// The options for a plan, checked against the backbone.
  func options(for geometry: CLIPGeometry) throws -> AdapterPlan.Options {
    let last = min(geometry.visionLayers, geometry.textLayers)
    if let layers, let wrong = layers.numbers.first(where: { $0 > last }) {
      throw ConvertError("--layers: \(wrong) is not within 1...\(last), the layers of both towers")
    }
    var options = AdapterPlan.Options()
    options.alpha = alpha
    options.beta = beta
    options.regularization = regWeight
    options.layers = layers?.numbers
    options.tokens = tokens
    options.spaceWidth = spaceWidth
    options.rank = rank
    options.epochs = epochs
    options.batchSize = batchSize
    options.learningRate = learningRate
    options.discriminant = discriminant
    return options
  }
}

extension AdapterPlan.Preset: ExpressibleByArgument {}
