import Basics
import CKernels
import ModelFile
import Synchronization

/// Texts on their way through a text tower, shared out among threads one by one.
@safe
final class TextPass: @unchecked Sendable {
  // Sendable: each text is taken by one thread (`next`), which writes its row of `results` alone.
  let engine: TextEngine
  let texts: [[Int32]]
  let embedding: TokenEmbedding
  private let results: AlignedBuffer<Float>
  private let next = Atomic<Int>(0)

  init(_ engine: TextEngine, _ texts: [[Int32]], embedding: TokenEmbedding) {
    self.engine = engine
    self.texts = texts
    self.embedding = embedding
    results = AlignedBuffer(zeroed: texts.count * engine.manifest.geometry.embedDim)
  }

  /// The unit features `[E]` of the texts.
  var features: [[Float]] {
    let count = engine.manifest.geometry.embedDim
    return results.withSpan { values in
      texts.indices.map { text in (0..<count).map { values[text * count + $0] } }
    }
  }

  func work() {
    let forward = TextForward(engine)
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < texts.count else { return }
      unsafe forward.run(
        texts[index], embedding,
        to: results.base + index * engine.manifest.geometry.embedDim)
    }
  }
}

/// One thread's scratch and what it does with a text.
///
/// Legend: n rows of the text, the K tokens among them once they are in, W width, M of the MLP.
@safe
private struct TextForward: ~Copyable {
  private let engine: TextEngine
  private let kernels: Kernels
  private let width: Int
  private let mlpWidth: Int
  private let tokenCount: Int

  /// Residual stream `[n, W]`.
  private let stream: AlignedBuffer<Float>
  /// LayerNorm's output, or attention's, `[n, W]`.
  private let rows: AlignedBuffer<Float>
  private let queries: AlignedBuffer<Float>
  /// Keys, then values: `[n, 2 W]`.
  private let keyValues: AlignedBuffer<Float>
  private let hidden: AlignedBuffer<Float>
  /// Probabilities of one query's keys.
  private let weights: AlignedBuffer<Float>
  private let codes: AlignedBuffer<UInt8>
  private let codeStride: Int
  private let scales: AlignedBuffer<Float>
  /// Zero points that nothing uses.
  private let zeros: AlignedBuffer<Int32>
  private let noBias: AlignedBuffer<Float>

  init(_ engine: TextEngine) {
    self.engine = engine
    kernels = engine.kernels
    width = engine.manifest.geometry.textWidth
    mlpWidth = engine.tower.mlpWidth
    tokenCount = engine.manifest.geometry.tokenCount
    let count = engine.tower.contextLength + tokenCount
    stream = AlignedBuffer(zeroed: count * width)
    rows = AlignedBuffer(zeroed: count * width)
    queries = AlignedBuffer(zeroed: count * width)
    keyValues = AlignedBuffer(zeroed: count * 2 * width)
    hidden = AlignedBuffer(zeroed: count * mlpWidth)
    weights = AlignedBuffer(zeroed: count)
    codeStride = max(width, mlpWidth).roundedUp(to: 64)
    codes = AlignedBuffer(zeroed: count * codeStride)
    scales = AlignedBuffer(zeroed: count)
    zeros = AlignedBuffer(zeroed: count)
    noBias = AlignedBuffer(zeroed: kernels.padded(max(2 * width, mlpWidth)))
  }

  /// Writes the unit feature of a text, `[E]`.
  borrowing func run(
    _ ids: [Int32], _ embedding: TokenEmbedding, to feature: UnsafeMutablePointer<Float>
  ) {
    for (row, id) in ids.enumerated() {
      let to = unsafe stream.base + row * width
      unsafe to.update(from: engine.position + row * width, count: width)
      unsafe embedding.add(id, to: to)
    }
    var count = ids.count
    for (index, block) in engine.blocks.enumerated() {
      if let layer = engine.manifest.representationLayers.firstIndex(of: index + 1) {
        count = setTokens(layer, count)
      }
      attend(block, engine.residuals[index], count)
      feedForward(block, engine.residuals[index], count)
    }
    let last = unsafe stream.base + (count - 1) * width
    let embedDim = engine.manifest.geometry.embedDim
    unsafe kernels.table.pointee.layer_norm(
      last, 1, width, engine.normAfter.gain, engine.normAfter.bias, engine.normAfter.epsilon,
      rows.base)
    unsafe kernels.table.pointee.project(
      rows.base, width, engine.projection, embedDim, 0, embedDim, feature)
    let length = unsafe kernels.table.pointee.dot(feature, feature, embedDim).squareRoot()
    for index in 0..<embedDim { unsafe feature[index] /= length }
  }

  /// Puts the tokens of a representation layer behind the first row; returns how many rows there are.
  private borrowing func setTokens(_ layer: Int, _ count: Int) -> Int {
    let size = tokenCount * width
    let token = unsafe engine.tokens[layer]
    let place = unsafe stream.base + width
    if layer == 0 {
      for index in (0..<(count - 1) * width).reversed() {
        unsafe place[size + index] = place[index]
      }
      unsafe place.update(from: token, count: size)
      return count + tokenCount
    }
    let manifest = engine.manifest
    let beta = manifest.method == .mmrl ? 1 : manifest.beta
    for index in 0..<size {
      unsafe place[index] = beta * token[index] + (1 - beta) * place[index]
    }
    return count
  }

  /// Causal attention, added to the stream.
  private borrowing func attend(_ block: Block, _ residuals: BlockResiduals, _ count: Int) {
    let table = unsafe kernels.table
    unsafe table.pointee.layer_norm(
      stream.base, count, width, block.norm1.gain, block.norm1.bias, block.norm1.epsilon, rows.base)
    unsafe linear(
      rows.base, count, width,
      [
        Output(block.query, residuals.query, queries.base, width),
        Output(block.keyValue, residuals.keyValue, keyValues.base, 2 * width),
      ])
    let heads = engine.tower.heads
    let channels = width / heads
    let scale = 1 / Float(channels).squareRoot()
    for row in 0..<count {
      for head in 0..<heads {
        let query = unsafe queries.base + row * width + head * channels
        let key = unsafe keyValues.base + head * channels
        for other in 0...row {
          unsafe weights.base[other] =
            scale * table.pointee.dot(query, key + other * 2 * width, channels)
        }
        unsafe ck_softmax(weights.base, row + 1)
        unsafe table.pointee.project(
          weights.base, row + 1, key + width, 2 * width, 0, channels,
          rows.base + row * width + head * channels)
      }
    }
    unsafe linear(
      rows.base, count, width, [Output(block.out, residuals.out, stream.base, width, adds: true)])
  }

  /// The MLP, added to the stream.
  private borrowing func feedForward(
    _ block: Block, _ residuals: BlockResiduals, _ count: Int
  ) {
    unsafe kernels.table.pointee.layer_norm(
      stream.base, count, width, block.norm2.gain, block.norm2.bias, block.norm2.epsilon, rows.base)
    unsafe linear(
      rows.base, count, width, [Output(block.fc1, residuals.fc1, hidden.base, mlpWidth)])
    // The floats are wanted; the codes are made anew, of 16 bits.
    unsafe kernels.table.pointee.gelu_quantise(
      hidden.base, count, mlpWidth, engine.tower.activation.kernel, codes.base,
      codeStride, scales.base, zeros.base)
    unsafe linear(
      hidden.base, count, mlpWidth,
      [Output(block.fc2, residuals.fc2, stream.base, width, adds: true)])
  }

  /// Where the outputs of a layer go.
  @safe
  private struct Output {
    let layer: ck_linear
    /// What rounding left of its weights, if that is known.
    let residual: ck_linear?
    let base: UnsafeMutablePointer<Float>
    let stride: Int
    let adds: Bool

    init(
      _ layer: ck_linear, _ residual: ck_linear?, _ base: UnsafeMutablePointer<Float>,
      _ stride: Int, adds: Bool = false
    ) {
      unsafe self.layer = unsafe layer
      unsafe self.residual = unsafe residual
      unsafe self.base = unsafe base
      self.stride = stride
      self.adds = adds
    }
  }

  /// Layers on the same rows `[n, columns]`, which hold what rounding left of them afterwards.
  ///
  /// Rows are rounded to 8 bits and multiplied, then what that rounding left is: 16 bits in all. What rounding left of the
  /// weights is multiplied with the first 8 bits alone; the rest of their product is below a 16th bit.
  private borrowing func linear(
    _ x: UnsafeMutablePointer<Float>, _ count: Int, _ columns: Int, _ outputs: [Output]
  ) {
    for pass in 0..<2 {
      unsafe kernels.table.pointee.quantise(
        x, count, columns, codes.base, codeStride, scales.base)
      let rows = unsafe ck_rows(
        bytes: codes.base, stride: codeStride, count: count, scales: scales.base, zeros: nil)
      for output in outputs {
        var layer = unsafe output.layer
        if pass == 1 { unsafe layer.bias = unsafe UnsafePointer(noBias.base) }
        unsafe kernels.linear(
          layer, rows, to: output.base, stride: output.stride,
          accumulating: pass == 1 || output.adds)
        if pass == 0, let residual = unsafe output.residual {
          unsafe kernels.linear(
            residual, rows, to: output.base, stride: output.stride, accumulating: true)
        }
      }
      if pass == 0 { unsafe subtractCodes(from: x, count, columns) }
    }
  }

  private borrowing func subtractCodes(
    from x: UnsafeMutablePointer<Float>, _ count: Int, _ columns: Int
  ) {
    for row in 0..<count {
      let scale = unsafe scales.base[row]
      let code = unsafe codes.base + row * codeStride
      let to = unsafe x + row * columns
      for column in 0..<columns {
        unsafe to[column] -= scale * Float(Int8(bitPattern: code[column] ^ kernels.mask))
      }
    }
  }
}
