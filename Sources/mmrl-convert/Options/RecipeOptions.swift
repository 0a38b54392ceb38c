public import ArgumentParser
import CLIPModel
import Training

/// What may be changed about a training besides the adapter's settings; all else is the preset's.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Weight of the terms that hold features near the frozen CLIP's.", valueName: "lambda"))
  var regWeight: Double?

  @Option(help: ArgumentHelp("Representation tokens of a layer.", valueName: "k"))
  var tokens: Int?

  @Option(help: ArgumentHelp("Width of the representation space.", valueName: "d"))
  var spaceWidth: Int?

  @Option(help: ArgumentHelp("MMRL++: rank of the aligner's residuals.", valueName: "r"))
  var rank: Int?

  @Option(help: ArgumentHelp("Passes over the photos.", valueName: "n"))
  var epochs: Int?

  @Option(help: ArgumentHelp("Photos a step.", valueName: "n"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Learning rate at the top of its cosine.", valueName: "x"))
  var learningRate: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Add a discriminant (regularised LDA of the shots' features) to the fusion.")
  var discriminant: Bool?

  func validate() throws {
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

  /// The names of the options that were given.
  var given: [String] {
    [
      ("--reg-weight", regWeight != nil), ("--tokens", tokens != nil),
      ("--space-width", spaceWidth != nil), ("--rank", rank != nil), ("--epochs", epochs != nil),
      ("--batch-size", batchSize != nil), ("--learning-rate", learningRate != nil),
      ("--discriminant", discriminant != nil),
    ].filter(\.1).map(\.0)
  }

  /// The options for a plan.
  ///
  /// - Throws: when they are not of a method: that would be ignored.
  func options(
    _ adapter: AdapterSettingsOptions, for method: AdapterMethod
  ) throws -> AdapterPlan.Options {
    let ofPlusPlus = (adapter.given + given).filter { ["--beta", "--rank"].contains($0) }
    if method == .mmrl, let name = ofPlusPlus.first {
      throw ValidationError("\(name) belongs to --method mmrl++.")
    }
    var options = AdapterPlan.Options()
    options.alpha = adapter.alpha
    options.beta = adapter.beta
    options.regularization = regWeight
    options.layers = adapter.layers?.numbers
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

extension AdapterPlan.Options {
  /// Checks the layers against the backbone's.
  func check(fits geometry: CLIPGeometry) throws(ConvertError) {
    let last = min(geometry.visionLayers, geometry.textLayers)
    if let wrong = layers?.first(where: { $0 > last }) {
      throw ConvertError("--layers: \(wrong) is not within 1...\(last), the layers of both towers")
    }
  }
}

extension AdapterPlan.Preset: ExpressibleByArgument {}
