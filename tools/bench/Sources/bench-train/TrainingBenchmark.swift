import CLIPModel
import FloatMath
import Training

/// Times training steps on a CLIP of random weights, stage by stage, beside the work that each stage has.
struct TrainingBenchmark {
  /// One stage of a step.
  struct Stage: Sendable {
    /// Which.
    var stage: TrainingStage
    /// Wall-clock seconds: the threads' sum over their number.
    var seconds: Double
    /// Multiply-accumulates of its matrix products, in billions.
    var work: Double
  }

  /// OpenAI's ViT-B/16.
  static let vitB16 = CLIPGeometry(
    imageSize: 224, patchSize: 16, visionWidth: 768, visionLayers: 12, visionHeads: 12,
    textWidth: 512, textLayers: 12, textHeads: 8, contextLength: 77, vocabularySize: 49408,
    embedDim: 512)

  private let geometry: CLIPGeometry
  private let batch: Int
  private let prompts: [[Int32]]
  private let layers: [Int]
  private let threads: Int
  private var trainer: AdapterTrainer

  /// A trainer with the papers' sizes on random weights, images and prompts.
  ///
  /// - Parameters:
  ///   - geometry: of the CLIP.
  ///   - method: `.mmrl` or `.mmrlPlusPlus`.
  ///   - batch: images a step.
  ///   - labels: how many there are to tell apart.
  ///   - threads: workers.
  /// - Throws: never in practice.
  init(
    geometry: CLIPGeometry, method: AdapterMethod, batch: Int, labels: Int, threads: Int
  ) throws {
    let clip = try FloatCLIP(
      geometry: geometry, arithmetic: CLIPArithmetic(.quickGELU),
      workers: Workers(count: threads)
    ) { name in
      Self.randomTensor(name, geometry)
    }
    self.geometry = geometry
    self.batch = batch
    self.threads = threads
    layers = AdapterSettings.defaultLayers(geometry)
    // "a photo of a", a name of one or two tokens, a full stop.
    let last = Int32(geometry.vocabularySize - 1)
    prompts = (0..<labels).map { label in
      let name = (0...label % 2).map { Int32(100 + label * 2 + $0) }
      return [last - 1, 10, 11, 12, 10] + name + [13, last]
    }
    trainer = try AdapterTrainer(
      clip: clip,
      adapter: Adapter(
        untrained: AdapterGeometry(method, for: geometry, layerCount: layers.count),
        settings: AdapterSettings(representationLayers: layers, alpha: 0.7, beta: 0.9), seed: 1),
      prompts: prompts, photos: NoisePhotos(batch, labels: labels, size: geometry.imageSize),
      recipe: TrainingRecipe(
        batchSize: batch, learningRate: 1e-3, epochs: .max, regularization: 1),
      seed: 1)
  }

  /// One step: seconds, loss, and where the time went.
  mutating func step() -> (seconds: Double, loss: Double, stages: [Stage]) {
    let clock = ContinuousClock()
    let start = clock.now
    // The photos are one batch, so an epoch is a step.
    var time: [TrainingStage: Duration] = [:]
    let report = trainer.trainEpoch { time = $0.time }
    let seconds = (clock.now - start) / .seconds(1)
    let work = work
    return (
      seconds, report.loss,
      TrainingStage.allCases.map {
        Stage(
          stage: $0,
          // AdamW and the adapter's own gradients run on one thread.
          seconds: (time[$0] ?? .zero) / .seconds(1) / Double($0 == .update ? 1 : threads),
          work: (work[$0] ?? 0) / 1e9)
      }
    )
  }

  /// Multiply-accumulates of matrix products with frozen weights and of attention.
  private var work: [TrainingStage: Double] {
    let g = geometry
    let tokens = 5.0
    let adaptedLayers = Double(g.visionLayers - (layers.first ?? 1))  // All but the last.
    let width = Double(g.visionWidth)
    let linear = width * (4 * width + 2 * Double(g.visionMLPWidth))
    let rows = Double(1 + g.patches)
    func block(_ n: Double) -> Double { n * linear + 2 * n * n * width }
    // Keys and values of all rows, everything else of a few.
    func last(_ n: Double, _ needed: Double) -> Double {
      n * 2 * width * width + needed * (linear - 2 * width * width) + 2 * needed * n * width
    }
    let b = Double(batch)
    let adapted = rows + tokens
    let patch = Double(g.patches) * width * Double(3 * g.patchSize * g.patchSize)

    let textWidth = Double(g.textWidth)
    let textLinear = textWidth * (4 * textWidth + 2 * Double(g.textMLPWidth))
    let shared = 5 + tokens
    let own = prompts.reduce(0.0) { $0 + Double($1.count - 5) }
    let textRows = shared * Double(min(threads, prompts.count)) + own
    let textLayers = Double(g.textLayers - (layers.first ?? 1))
    let text = textLayers * textRows * textLinear + textRows * 2 * textWidth * textWidth
    return [
      .sharedImageBlocks: b * (patch + Double((layers.first ?? 1) - 1) * block(rows)),
      .imageForward: b
        * (adaptedLayers * (block(adapted) + block(rows)) + last(adapted, 1 + tokens)
          + last(rows, 1)),
      // Twice the products of attention; queries, keys and values of the first layer for the tokens only.
      .imageBackward: b
        * (adaptedLayers * (block(adapted) + 2 * adapted * adapted * width)
          - 3 * rows * width * width + last(adapted, 1 + tokens)),
      .textForward: text,
      .textBackward: text - textRows * 3 * textWidth * textWidth,
    ]
  }

  /// Weights of about the size that trained ones have, so that activations stay finite.
  private static func randomTensor(_ name: String, _ geometry: CLIPGeometry) -> [Float] {
    guard let shape = geometry.tensorShapes.first(where: { $0.name == name })?.shape else {
      return []
    }
    let count = shape.reduce(1, *)
    if name.contains("ln_"), name.hasSuffix("weight") { return [Float](repeating: 1, count: count) }
    var state = name.utf8.reduce(UInt64(count)) { $0 &* 31 &+ UInt64($1) }
    let scale: Float = shape.count > 1 ? 1 / Float(shape[shape.count - 1]).squareRoot() : 0.02
    var values = [Float](repeating: 0, count: count)
    for index in 0..<count { values[index] = uniform(&state) * scale }
    return values
  }

  fileprivate static func uniform(_ state: inout UInt64) -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
  }

  /// Noise in the place of photos, already of the tower's size.
  private struct NoisePhotos: TrainingPhotos {
    let labels: [Int]
    private let side: Int
    private let noise: [[Float]]

    init(_ count: Int, labels: Int, size: Int) {
      self.labels = (0..<count).map { $0 % labels }
      side = size
      var state: UInt64 = 7
      noise = (0..<count).map { _ in
        (0..<3 * size * size).map { _ in TrainingBenchmark.uniform(&state) * 2 }
      }
    }

    func size(of photo: Int) -> (width: Int, height: Int) { (side, side) }
    func pixels(of photo: Int, _ view: PhotoView) -> [Float] { noise[photo] }
  }
}
