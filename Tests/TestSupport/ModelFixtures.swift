import ModelFile

/// A small valid model of random weights, for tests of whatever reads models.
///
/// Weights are scaled as in a trained tower, so that activations stay finite through any depth and
/// features of different images differ.
public struct ModelFixture: Sendable {
  /// What the model will say about itself; change it freely before writing.
  public var manifest: Manifest
  /// Seed of the weights.
  public var seed: UInt64
  /// Whether the known labels get a discriminant.
  public var hasDiscriminant = false
  /// Whether a text tower has what rounding left of its weights, too.
  public var hasTextResiduals = false

  /// A model of the given method and sizes.
  ///
  /// - Parameters:
  ///   - method: `clip` leaves tokens out.
  ///   - layers: blocks of the image tower.
  ///   - representationLayers: counted from 1; ignored for `clip`.
  ///   - imageSize: pixels.
  ///   - patchSize: pixels.
  ///   - width: of the rows; a multiple of `heads`.
  ///   - heads: of a block.
  ///   - embedDim: of the features.
  ///   - tokenCount: K; ignored for `clip`.
  ///   - activation: of the MLP.
  ///   - knownLabels: how many; 0 leaves the set out.
  ///   - novelLabels: how many; 0 leaves the set out.
  ///   - seed: of the weights.
  public init(
    _ method: Manifest.Method, layers: Int = 3, representationLayers: [Int] = [2, 3],
    imageSize: Int = 32, patchSize: Int = 8, width: Int = 64, heads: Int = 2, embedDim: Int = 32,
    tokenCount: Int = 5, activation: Manifest.Activation = .quickGELU, knownLabels: Int = 3,
    novelLabels: Int = 2, seed: UInt64 = 1
  ) {
    var sets: [Manifest.LabelSet] = []
    for (kind, count) in [(Manifest.LabelSet.Kind.known, knownLabels), (.novel, novelLabels)]
    where count > 0 {
      sets.append(
        Manifest.LabelSet(
          kind: kind, template: "a photo of a {}.",
          labels: (0..<count).map { "\(kind.rawValue) \($0)" }))
    }
    manifest = Manifest(
      geometry: Manifest.Geometry(
        imageSize: imageSize, patchSize: patchSize, width: width, layers: layers, heads: heads,
        mlpWidth: 4 * width, embedDim: embedDim, tokenCount: method == .clip ? 0 : tokenCount,
        textWidth: 16),
      activation: activation, method: method, alpha: 0.7, beta: method == .mmrlPlusPlus ? 0.6 : 1,
      representationLayers: method == .clip ? [] : representationLayers,
      preprocessing: Manifest.Preprocessing(
        size: imageSize, mean: [0.5, 0.45, 0.4], std: [0.25, 0.26, 0.27]),
      labelSets: sets, calibration: nil,
      provenance: Manifest.Provenance(
        checkpoint: Manifest.Provenance.Source(
          name: "random", sha256: String(repeating: "0", count: 64)),
        toolVersion: "test"))
    self.seed = seed
  }

  /// Gives the model what it would have learnt from photos, and everyday words: all that version 2 of the format added.
  ///
  /// - Precondition: it has known labels.
  public mutating func addAnswer(words: Int = 6) {
    let known = manifest.labelSet(.known)?.labels.count ?? 0
    manifest.statistics = Manifest.Statistics(
      photos: (0..<known).map { 4 + $0 }, variance: 0.001, discriminantScale: 1.25, textScale: 0.5)
    manifest.words = (0..<words).map { "word \($0)" }
    manifest.answer = Manifest.Answer(
      knownScale: 0.75, classScale: 1.5,
      gate: Manifest.Answer.Gate(gap: 0.5, distance: -0.25, confidence: 0.5, bias: 0.125),
      unknown: Manifest.Answer.Unknown(
        known: Manifest.Answer.Unknown.Regression(
          energy: 0.25, distance: -0.5, confidence: 0.5, bias: 1),
        named: Manifest.Answer.Unknown.Regression(energy: 0.5, bias: -0.25),
        heldOutKnown: (1...20).map { Float($0) / 32 },
        heldOutNovel: (1...19).map { Float($0) / 64 }),
      origin: "made up")
  }

  /// Writes the model to `path`.
  public func write(to path: String) throws {
    var writer = try ModelWriter(path: path)
    var random = SplitMix64(seed: seed)
    for tensor in manifest.tensors
    where tensor.isRequired
      || (tensor.name.hasPrefix("text.residual.") ? hasTextResiduals : hasDiscriminant)
    {
      let count = tensor.shape.reduce(1, *)
      if tensor.dataType == .int8 {
        try writer.add(
          tensor.name, shape: tensor.shape,
          (0..<count).map { _ in Int8(max(-127, min(127, (random.normal() * 40).rounded()))) })
      } else if tensor.dataType == .int32 {
        try writer.add(tensor.name, shape: tensor.shape, Self.vocabulary(tensor.name))
      } else {
        try writer.add(
          tensor.name, shape: tensor.shape, values(of: tensor, count: count, random: &random))
      }
    }
    try writer.finish(manifest)
    try writer.commit()
  }

  /// Writes the model to a temporary file, opens it and removes the file again.
  public func reader() throws -> ModelReader {
    try withTemporaryDirectory { directory in
      let path = directory + "/model.mmrl"
      try write(to: path)
      return try ModelReader(path: path)
    }
  }

  private func values(
    of tensor: TensorDescription, count: Int, random: inout SplitMix64
  ) -> [Float] {
    let geometry = manifest.geometry
    let name = tensor.name
    var spread: Float = 0.1
    var centre: Float = 0
    if name == "statistics.factor" {
      return factor(count: count, random: &random)
    } else if name == "words.scale" {
      // Rows of about unit length.
      centre = 1 / (40 * Float(geometry.embedDim).squareRoot())
      spread = centre / 10
    } else if name.hasSuffix(".gain") {
      centre = 1
    } else if name.hasSuffix(".scale") {
      // Weights of deviation 40 · scale; this gives outputs of about the inputs' size. The patch
      // embedding sums raw bytes.
      let inputs =
        name.hasPrefix("visual.patch")
        ? Float(3 * geometry.patchSize * geometry.patchSize) * 128 * 128
        : Float(name.contains(".fc2.") ? geometry.mlpWidth : geometry.width)
      centre = 1 / (40 * inputs.squareRoot())
      // What rounding leaves is small beside the weights.
      if name.hasPrefix("text.residual.") { centre /= 64 }
      spread = centre / 10
    } else if name.hasPrefix("visual.head") {
      spread = 1 / Float(geometry.width).squareRoot()
    }
    var list = (0..<count).map { _ in centre + spread * random.normal() }
    if name.hasSuffix(".features") {
      let embedDim = geometry.embedDim
      for row in stride(from: 0, to: count, by: embedDim) {
        let square = list[row..<row + embedDim].reduce(0) { $0 + $1 * $1 }
        for column in row..<row + embedDim { list[column] /= square.squareRoot() }
      }
    }
    return list
  }

  /// The rows of a lower triangle whose diagonal is well above 0.
  private func factor(count: Int, random: inout SplitMix64) -> [Float] {
    var list: [Float] = []
    var columns = 1
    while list.count < count {
      list += (1..<columns).map { _ in 0.02 * random.normal() }
      list.append(0.3 + 0.1 * abs(random.uniform()))
      columns += 1
    }
    return list
  }
}
