import CLIPModel
import FloatMath

/// The four terms of the published loss, unweighted, as means over the batch (texts: over the labels).
public struct LossTerms: Sendable, Equatable {
  /// Cross-entropy of the class features' logits.
  public var classEntropy = 0.0
  /// Cross-entropy of the representation features' logits.
  public var representationEntropy = 0.0
  /// One minus the cosine between the class feature and the frozen CLIP's.
  public var imageDistance = 0.0
  /// One minus the cosine between the text feature and the frozen CLIP's.
  public var textDistance = 0.0

  /// The loss: `alpha · class + (1 - alpha) · representation + lambda · (image + text)`.
  public func total(alpha: Double, regularization: Double) -> Double {
    alpha * classEntropy + (1 - alpha) * representationEntropy
      + regularization * (imageDistance + textDistance)
  }

  /// Adds another's terms, weighted.
  public mutating func add(_ other: LossTerms, weight: Double = 1) {
    classEntropy += weight * other.classEntropy
    representationEntropy += weight * other.representationEntropy
    imageDistance += weight * other.imageDistance
    textDistance += weight * other.textDistance
  }
}

/// The parts of a training step, for timing.
public enum TrainingStage: String, Sendable, CaseIterable {
  /// Both towers' tokens and the text tower's forward pass.
  case textForward = "text forward"
  /// The image tower's blocks before the first representation layer, with the making of the crops.
  case sharedImageBlocks = "shared image blocks"
  /// The adapted and the frozen image tower from there on.
  case imageForward = "image forward"
  /// Backward through the adapted image tower.
  case imageBackward = "image backward"
  /// Backward through the text tower.
  case textBackward = "text backward"
  /// Gradients of the trainable tensors, AdamW.
  case update = "update"
}

/// The training loss of MMRL and MMRL++ and its gradient by every trainable tensor.
///
/// `B` images, `C` labels, `E` joint size.
struct TrainingObjective: Sendable {
  let clip: FloatCLIP
  /// The first representation layer: nothing below it depends on the adapter.
  let firstLayer: Int
  /// Every label's prompt at that layer.
  let prompts: [TextTower.Prompts]
  /// The frozen CLIP's text features, unit length, `[C, E]`.
  let frozenTexts: Matrix

  private var vision: VisionTower { clip.images.tower }
  private var text: TextTower { clip.texts.tower }

  /// One prompt's token ids for each label.
  init(clip: FloatCLIP, prompts ids: [[Int32]], firstLayer: Int) throws {
    self.clip = clip
    self.firstLayer = firstLayer
    let text = clip.texts.tower
    let start = try clip.texts.prompts(ids, chunks: clip.workers.count)
    let prompts = clip.workers.map(start.count) { text.frozenPrefix(start[$0], before: firstLayer) }
    self.prompts = prompts
    frozenTexts =
      UnitRows(
        Matrix.stacked(
          clip.workers.map(prompts.count) {
            text.forward(prompts[$0], tokens: nil, requiresGradient: false).0
          }
        )
      ).rows
  }

  /// A few images of a batch: their pixels `[b, 3, S, S]`, or what the frozen blocks make of them.
  enum Images: Sendable {
    case pixels([Float])
    case prepared([PreparedImage])
  }

  /// The labels' text features by an adapter, unit length, `[C, E]`.
  func texts(_ adapter: Adapter) -> Matrix {
    let text = text
    let tokens = adapter.stackTokens(.text)
    let parts = clip.workers.map(prompts.count) {
      text.forward(prompts[$0], tokens: tokens, requiresGradient: false).0
    }
    return UnitRows(Matrix.stacked(parts)).rows
  }

  struct Outcome: Sendable {
    var terms = LossTerms()
    var gradients: Adapter.Tensors
    /// Images whose fusion logits are largest at their label.
    var correct = 0
    /// Summed over the workers.
    var time: [TrainingStage: Duration] = [:]
  }

  /// What one chunk of images adds.
  private struct Part: Sendable {
    var terms = LossTerms()
    var dTexts: Matrix
    var dTokens: [Int: Matrix]
    var dHead: Matrix
    var correct = 0
    var time: [TrainingStage: Duration] = [:]
  }

  /// The loss of a batch and its gradient.
  ///
  /// - Parameters:
  ///   - adapter: whose tensors the gradient is by.
  ///   - labels: one an image.
  ///   - regularization: lambda.
  ///   - images: gives the images of a range of the batch; called on the workers.
  /// - Returns: terms, gradients and times.
  func evaluate(
    _ adapter: Adapter, labels: [Int], regularization: Double,
    images: @Sendable (Range<Int>) -> Images
  ) -> Outcome {
    var outcome = Outcome(gradients: adapter.zeros)
    let clock = ContinuousClock()
    let textTokens = adapter.stackTokens(.text)
    let imageTokens = adapter.stackTokens(.vision)
    let head = adapter.representationHead(frozen: vision.projection)
    precondition(imageTokens.firstLayer == firstLayer)

    let encoded = clip.workers.map(prompts.count) { chunk in
      let start = clock.now
      let (features, saved) = text.forward(
        prompts[chunk], tokens: textTokens, requiresGradient: true)
      return (features, saved, clock.now - start)
    }
    let texts = UnitRows(Matrix.stacked(encoded.map(\.0)))
    outcome.time[.textForward] = encoded.reduce(.zero) { $0 + $1.2 }

    let ranges = Workers.chunks(
      labels.count, atMost: max(1, 900 / (2 * vision.rowCount)), workers: clip.workers.count)
    let parts = clip.workers.map(ranges.count) { chunk in
      part(
        images(ranges[chunk]), labels: Array(labels[ranges[chunk]]), of: labels.count,
        texts: texts.rows, tokens: imageTokens, head: head,
        fusion: Fusion(alpha: adapter.settings.alpha),
        regularization: Float(regularization), clock)
    }

    var dTexts = frozenTexts
    let count = Float(dTexts.rows)
    dTexts.scale(by: -Float(regularization) / count)
    outcome.terms.textDistance = 1 - Self.dot(texts.rows, frozenTexts) / Double(count)
    var dImageTokens: [Int: Matrix] = [:]
    var dHead = Matrix(rows: head.rows, columns: head.columns)
    for part in parts {
      dTexts.add(part.dTexts)
      dHead.add(part.dHead)
      for (layer, gradient) in part.dTokens {
        dImageTokens[layer, default: Matrix(rows: gradient.rows, columns: gradient.columns)]
          .add(gradient)
      }
      outcome.terms.add(part.terms, weight: 1 / Double(labels.count))
      outcome.correct += part.correct
      outcome.time.merge(part.time, uniquingKeysWith: +)
    }

    let dRaw = texts.inputGradient(dTexts)
    var starts = [0]
    for chunk in prompts { starts.append(starts[starts.count - 1] + chunk.count) }
    let offsets = starts
    let textGradients = clip.workers.map(prompts.count) { chunk -> ([Int: Matrix], Duration) in
      let start = clock.now
      guard let saved = encoded[chunk].1 else { preconditionFailure("nothing saved for backward") }
      let gradient = text.backward(
        dRaw[rows: offsets[chunk]..<offsets[chunk + 1]], saved, tokens: textTokens)
      return (gradient, clock.now - start)
    }
    outcome.time[.textBackward] = textGradients.reduce(.zero) { $0 + $1.1 }

    let start = clock.now
    for (gradient, _) in textGradients {
      adapter.addTokenGradients(gradient, .text, to: &outcome.gradients)
    }
    adapter.addTokenGradients(dImageTokens, .vision, to: &outcome.gradients)
    adapter.addHeadGradient(dHead, to: &outcome.gradients)
    outcome.time[.update] = clock.now - start
    return outcome
  }

  /// Forward and backward of a few images; sums, not means.
  private func part(
    _ images: Images, labels: [Int], of batch: Int, texts: Matrix, tokens: BlockStack.Tokens,
    head: Matrix, fusion: Fusion, regularization: Float, _ clock: ContinuousClock
  ) -> Part {
    var part = Part(
      dTexts: Matrix(rows: texts.rows, columns: texts.columns), dTokens: [:],
      dHead: Matrix(rows: 0, columns: 0))
    var time = clock.now
    func lap(_ stage: TrainingStage) {
      let now = clock.now
      part.time[stage, default: .zero] += now - time
      time = now
    }
    let prefix: Matrix
    var known: Matrix?
    switch images {
    case .pixels(let pixels): prefix = vision.frozenPrefix(pixels, before: firstLayer)
    case .prepared(let prepared):
      prefix = Matrix.stacked(prepared.map(\.prefix))
      known = Matrix.stacked(prepared.map(\.frozen))
    }
    lap(.sharedImageBlocks)
    let (features, saved) = vision.forward(
      prefix, from: firstLayer, tokens: tokens, head: head, frozen: known == nil,
      requiresGradient: true)
    guard let adapted = features.adapted.map(UnitRows.init),
      let representation = features.representation.map(UnitRows.init),
      let frozen = known ?? features.frozen.map({ UnitRows($0).rows }), let saved
    else { preconditionFailure("an adapted tower without its features") }

    // Each head's logits 100 x tᵀ, their cross-entropy, and its gradient by features and texts.
    let share = 1 / Float(batch)
    func score(_ unit: UnitRows, weight: Float) -> (loss: Double, dUnit: Matrix, logits: Matrix) {
      var logits = Matrix.product(unit.rows, .plain, texts, .transposed)
      logits.scale(by: Fusion.logitScale)
      var (loss, dLogits) = CrossEntropy.forwardBackward(logits: logits, labels: labels)
      dLogits.scale(by: weight * share * Fusion.logitScale)
      part.dTexts.addProduct(dLogits, .transposed, unit.rows)
      return (loss, Matrix.product(dLogits, texts), logits)
    }
    var byClass = score(adapted, weight: fusion.classWeight)
    let byTokens = score(representation, weight: fusion.representationWeight)
    part.terms.classEntropy = byClass.loss
    part.terms.representationEntropy = byTokens.loss
    part.terms.imageDistance =
      Double(labels.count) - Self.dot(adapted.rows, frozen)
    byClass.dUnit.add(frozen, scale: -regularization * share)
    let fused = fusion.mixed(byClass.logits, byTokens.logits)
    part.correct = zip(fused.largestColumns, labels).count { $0 == $1 }
    lap(.imageForward)
    (part.dTokens, part.dHead) = vision.backward(
      dAdapted: adapted.inputGradient(byClass.dUnit),
      dRepresentation: representation.inputGradient(byTokens.dUnit), saved, tokens: tokens,
      head: head)
    lap(.imageBackward)
    return part
  }

  private static func dot(_ a: Matrix, _ b: Matrix) -> Double {
    a.withSpan { a in
      b.withSpan { b in
        var sum = 0.0
        for i in 0..<a.count { sum += Double(a[i]) * Double(b[i]) }
        return sum
      }
    }
  }
}
