public import CLIPModel
public import FloatMath
public import Imaging
public import ModelFile

/// Writes a CLIP, with or without an adapter, as an int8 model.
public struct ModelExport: Sendable {
  /// The labels of one kind with the features of their prompts.
  public struct Labels: Sendable {
    /// Kind, template and names.
    public var set: Manifest.LabelSet
    /// `[C, E]`, rows of unit length.
    public var features: Matrix

    /// Puts labels together.
    ///
    /// - Precondition: one row a label.
    public init(_ set: Manifest.LabelSet, features: Matrix) {
      precondition(set.labels.count == features.rows)
      self.set = set
      self.features = features
    }

    /// Labels of a kind as the text tower encoded them.
    public init(_ kind: Manifest.LabelSet.Kind, _ labels: LabelFeatures) {
      self.init(
        Manifest.LabelSet(
          kind: kind, template: labels.prompts.template, labels: labels.prompts.labels),
        features: labels.features)
    }
  }

  /// Images to measure activations on.
  public struct Calibration: Sendable {
    /// What they are, in words.
    public var source: String
    /// Crops of the model's input size.
    public var crops: [Image]

    /// Names images.
    public init(source: String, crops: [Image]) {
      self.source = source
      self.crops = crops
    }

    /// Images of random numbers, for when there are no photos; the words are kept in models, hence do not change.
    public static func synthetic(size: Int) -> Calibration {
      Calibration(
        source: "synthetic images", crops: SyntheticImages.make(16, size: size))
    }
  }

  /// What the photos of the known labels say, beside the discriminant.
  public struct Photos: Sendable {
    /// The labels' means, `[C, D]`.
    public var means: Matrix
    /// The rows of the factor of the scatter: FORMAT.md, "Statistics".
    public var factor: [Float]
    /// Numbers that go with them.
    public var statistics: Manifest.Statistics

    /// Puts statistics together.
    public init(means: Matrix, factor: [Float], statistics: Manifest.Statistics) {
      self.means = means
      self.factor = factor
      self.statistics = statistics
    }
  }

  private let checkpoint: CLIPCheckpoint
  private let clip: FloatCLIP
  private let adapter: Adapter?
  /// The labels, at most one of each kind.
  public var labels: [Labels]
  /// The known labels' extra term, if they have one.
  public var discriminant: Discriminant?
  /// What the photos of the known labels say; nil without photos.
  public var photos: Photos?
  /// How logits become one answer.
  public var answer: Manifest.Answer?
  /// Everyday words with their unit text features; nil for none.
  public var words: LabelFeatures?
  /// The text tower, if the model is to carry it.
  public var text: TextTowerExport?

  /// What is to be written.
  ///
  /// - Precondition: `clip` has the weights of `checkpoint`, `adapter` fits them.
  public init(
    checkpoint: CLIPCheckpoint, clip: FloatCLIP, adapter: Adapter?, labels: [Labels],
    discriminant: Discriminant? = nil
  ) {
    self.checkpoint = checkpoint
    self.clip = clip
    self.adapter = adapter
    self.labels = labels
    self.discriminant = discriminant
  }

  /// Quantises the image tower and writes all tensors; `writer` is finished, not yet committed.
  ///
  /// One block is in memory at a time besides the float tower.
  ///
  /// - Parameters:
  ///   - writer: takes the tensors.
  ///   - calibration: what the quantisation is tuned on.
  ///   - provenance: what the model was made from.
  ///   - onProgress: called as it goes on.
  /// - Returns: the manifest, to be completed by the results of a check.
  /// - Throws: what reading tensors and writing the file throw.
  public func write(
    to writer: inout ModelWriter, calibration: Calibration, provenance: Manifest.Provenance,
    onProgress: (ExportProgress) -> Void = { _ in }
  ) throws -> Manifest {
    let statistics = measure(calibration.crops, onProgress)
    let geometry = checkpoint.geometry
    try writer.add(linear: "visual.patch", try patchEmbedding())
    try writer.add(
      "visual.position", shape: [1 + geometry.patches, geometry.visionWidth], try positions())
    if geometry.hasInputNorm {
      try writer.add(norm: "visual.ln_pre", try norm("visual.ln_pre"))
    }
    var strengths: [Float] = []
    for layer in 1...geometry.visionLayers {
      let block = try BlockExport(
        .vision, layer: layer, of: checkpoint, statistics, workers: clip.workers)
      try block.write(to: &writer, block: layer - 1)
      strengths += block.strengths
      onProgress(ExportProgress(stage: .blocks, done: layer, total: geometry.visionLayers))
    }
    try writer.add(norm: "visual.ln_post", try norm("visual.ln_post"))
    try writeHeads(to: &writer)
    for set in labels {
      try writer.add("labels.\(set.set.kind.rawValue).features", set.features)
    }
    if let discriminant {
      try writer.add("labels.known.discriminant.weight", discriminant.weight)
      try writer.add(
        "labels.known.discriminant.bias", shape: [discriminant.bias.count], discriminant.bias)
    }
    if let photos {
      try writer.add("labels.known.means", photos.means)
      try writer.add("statistics.factor", shape: [photos.factor.count], photos.factor)
    }
    if let words { try write(words.features, to: &writer) }
    try text?.write(to: &writer, workers: clip.workers, onProgress)
    var manifest = manifest(
      calibration: Manifest.Calibration(
        source: calibration.source, images: calibration.crops.count,
        smoothing: strengths.reduce(0, +) / Float(strengths.count)),
      provenance: provenance)
    manifest.text = text?.manifest
    try writer.finish(manifest)
    return manifest
  }

  /// Writes words' features in int8, a scale a word: they are many, and only their energy together counts.
  private func write(_ words: Matrix, to writer: inout ModelWriter) throws(ModelFileError) {
    let elements = words.elements
    let columns = words.columns
    var scales: [Float] = []
    var bytes: [Int8] = []
    for start in stride(from: 0, to: elements.count, by: columns) {
      let row = elements[start..<start + columns]
      let scale = max(row.reduce(0) { max($0, abs($1)) } / 127, .leastNormalMagnitude)
      scales.append(scale)
      bytes += row.map { Int8(($0 / scale).rounded()) }
    }
    try writer.add("words.weight", shape: [words.rows, columns], bytes)
    try writer.add("words.scale", shape: [words.rows], scales)
  }

  private func manifest(
    calibration: Manifest.Calibration, provenance: Manifest.Provenance
  ) -> Manifest {
    let geometry = checkpoint.geometry
    let settings = adapter?.settings
    let arithmetic = checkpoint.arithmetic
    var manifest = Manifest(
      geometry: Manifest.Geometry(
        imageSize: geometry.imageSize, patchSize: geometry.patchSize, width: geometry.visionWidth,
        layers: geometry.visionLayers, heads: geometry.visionHeads,
        mlpWidth: geometry.visionMLPWidth, embedDim: geometry.embedDim,
        tokenCount: adapter?.geometry.tokenCount ?? 0, textWidth: geometry.textWidth),
      activation: Manifest.Activation(arithmetic.imageActivation),
      method: Manifest.Method(adapter?.geometry.method),
      alpha: settings?.alpha ?? 1, beta: settings?.beta ?? 1,
      representationLayers: settings?.representationLayers ?? [],
      preprocessing: Manifest.Preprocessing(checkpoint.preprocessing), labelSets: labels.map(\.set),
      answer: answer, statistics: photos?.statistics, words: words?.prompts.labels,
      calibration: calibration, provenance: provenance)
    manifest.epsilon = Manifest.stored(epsilon: arithmetic.imageEpsilon)
    manifest.pooling = Manifest.Pooling(arithmetic.pooling)
    manifest.inputNorm = geometry.hasInputNorm ? nil : false
    return manifest
  }

  /// Runs the float tower on the crops, one at a time, and keeps what its linear layers see.
  private func measure(
    _ crops: [Image], _ onProgress: (ExportProgress) -> Void
  ) -> TowerStatistics {
    let preprocessing = checkpoint.preprocessing
    var all = TowerStatistics()
    let step = 2 * clip.workers.count
    for start in stride(from: 0, to: crops.count, by: step) {
      onProgress(ExportProgress(stage: .calibration, done: start, total: crops.count))
      let parts = clip.workers.map(min(step, crops.count - start)) { index in
        var single = clip.images
        single.workers = Workers(count: 1)
        var statistics = TowerStatistics()
        _ = single.encode(preprocessing.normalized(crops[start + index]), adapter: adapter) {
          statistics.add(layer: $0, $1, $2, images: crops.count)
        }
        return statistics
      }
      for part in parts { all.merge(part) }
    }
    onProgress(ExportProgress(stage: .calibration, done: crops.count, total: crops.count))
    return all
  }

  /// The patch embedding on raw bytes: `w · (x / 255 - mean) / std` is `w / (255 std) · x`, less a constant.
  private func patchEmbedding() throws -> QuantizedLinear {
    let geometry = checkpoint.geometry
    let pixels = geometry.patchSize * geometry.patchSize
    let weight = try checkpoint.tensor("visual.conv1.weight")
    let preprocessing = checkpoint.preprocessing
    var folded = [Float](repeating: 0, count: weight.count)
    var bias: [Float] = []
    for output in 0..<geometry.visionWidth {
      var shift = 0.0
      for channel in 0..<3 {
        let std = preprocessing.std[channel]
        for pixel in 0..<pixels {
          let value = weight[(output * 3 + channel) * pixels + pixel]
          folded[(output * pixels + pixel) * 3 + channel] = value / (255 * std)
          shift += Double(value) * Double(preprocessing.mean[channel]) / Double(std)
        }
      }
      bias.append(Float(-shift))
    }
    return QuantizedLinear(
      weight: Matrix(rows: geometry.visionWidth, columns: 3 * pixels, folded), bias: bias,
      workers: clip.workers)
  }

  /// Position embeddings; the class embedding is added to row 0, which is all that row is made of.
  private func positions() throws -> [Float] {
    var positions = try checkpoint.tensor("visual.positional_embedding")
    for (channel, value) in try checkpoint.tensor("visual.class_embedding").enumerated() {
      positions[channel] += value
    }
    return positions
  }

  private func norm(_ name: String) throws -> (gain: [Float], bias: [Float]) {
    (try checkpoint.tensor(name + ".weight"), try checkpoint.tensor(name + ".bias"))
  }

  /// Tokens and projections, in the order of ``Manifest/tensors``.
  private func writeHeads(to writer: inout ModelWriter) throws {
    let geometry = checkpoint.geometry
    let projection = Matrix(
      rows: geometry.visionWidth, columns: geometry.embedDim, try checkpoint.tensor("visual.proj"))
    let visionTokens = adapter?.projectedTokens(.vision) ?? [:]
    let textTokens = adapter?.projectedTokens(.text) ?? [:]
    for (layer, tokens) in visionTokens.sorted(by: { $0.key < $1.key }) {
      try writer.add("visual.tokens.\(layer)", tokens)
    }
    try writer.add("visual.head.class", projection)
    if let adapter {
      try writer.add(
        "visual.head.representation", adapter.representationHead(frozen: projection))
    }
    for (layer, tokens) in textTokens.sorted(by: { $0.key < $1.key }) {
      try writer.add("text.tokens.\(layer)", tokens)
    }
  }
}

/// How far the making of a model file is.
public struct ExportProgress: Sendable, Equatable {
  /// What is being done.
  public enum Stage: String, Sendable {
    /// The float tower is run on calibration images.
    case calibration = "calibrating"
    /// The image tower's blocks are quantised and packed.
    case blocks = "quantising the image tower"
    /// The text tower's.
    case textBlocks = "quantising the text tower"
  }

  /// What is being done.
  public var stage: Stage
  /// How much of it is done.
  public var done: Int
  /// Of how much.
  public var total: Int
}

extension ModelWriter {
  mutating func add(_ name: String, _ matrix: Matrix) throws(ModelFileError) {
    try add(name, shape: [matrix.rows, matrix.columns], matrix.elements)
  }
}
