import Basics
import CKernels
import ModelFile

/// One thread's work on a forward pass.
///
/// The rows of all images are divided into a part for each thread, which does everything for these rows; only
/// attention needs those of others, so a block is one step. A thread that is done takes parts that nobody has begun, and
/// then over some of what the others still have to do, so that nobody waits long for a slow core or one that does
/// something else: products a panel at a time, attention a head, GELU a row. What comes out does not depend on who did it.
@safe
struct Forward {
  /// Rows worked on at a time, so that products stay in the processor's cache.
  static let chunk = 104

  private let session: Session
  private let thread: Int
  private let engine: Engine
  private let kernels: Kernels
  private let scratch: ThreadScratch
  private let width: Int
  private let rowCount: Int
  private let headCount: Int
  private let headStride: Int

  init(_ session: Session, thread: Int) {
    self.session = session
    self.thread = thread
    engine = session.engine
    kernels = engine.kernels
    scratch = session.scratch[thread]
    let geometry = engine.manifest.geometry
    width = geometry.width
    rowCount = engine.plan.rowCount
    headCount = geometry.heads
    headStride = ck_head_stride(geometry.width / geometry.heads)
  }

  func run() {
    session.profile?.start(thread)
    let plan = engine.plan
    var step = session.pool.firstStep
    let rows = plan.tokenCount..<rowCount
    share(&step) { part in
      embed(rows: rows, part)
      projectNext(0, after: rows, part)
    }
    projectApart(0, after: rows, &step)
    for (index, block) in plan.blocks.enumerated() {
      share(&step) { part in
        attend(block, index, part)
        outputProjectionAndMLP(block, index, part)
        projectNext(index + 1, after: block.outputRows, part)
      }
      projectApart(index + 1, after: block.outputRows, &step)
    }
    share(&step) { part in pool(part) }
  }

  /// Projects a block's rows in the same step as what made them, where a part has the same rows before and after.
  private func projectNext(_ index: Int, after rows: Range<Int>, _ part: Int) {
    let blocks = engine.plan.blocks
    if index < blocks.count, blocks[index].rows == rows { project(blocks[index], index, part) }
  }

  /// Projects a block's rows in a step of its own, where they were another part's in the step before.
  private func projectApart(_ index: Int, after rows: Range<Int>, _ step: inout UInt32) {
    let blocks = engine.plan.blocks
    guard index < blocks.count, blocks[index].rows != rows else { return }
    share(&step) { part in project(blocks[index], index, part) }
  }

  // MARK: The stages

  /// Patches, positions and the first LayerNorm, into the stream.
  private func embed(rows: Range<Int>, _ part: Int) {
    let weights = engine.weights
    let tokens = engine.plan.tokenCount
    forEachChunk(of: rows, part) { image, chunk in
      let stream = unsafe streamRow(image, chunk.lowerBound)
      unsafe stream.update(
        from: weights.position + (chunk.lowerBound - tokens) * width, count: chunk.count * width)
      let patches = max(chunk.lowerBound, tokens + 1)..<chunk.upperBound
      if !patches.isEmpty {
        gather(image, patches: patches.lowerBound - tokens - 1, count: patches.count)
        unsafe linear(
          .patch, weights.patch,
          ck_rows(
            bytes: scratch.narrow.base, stride: scratch.narrowStride, count: patches.count,
            scales: scratch.pixelScales.base, zeros: scratch.pixelZeros.base),
          to: streamRow(image, patches.lowerBound), stride: width, accumulating: true)
      }
      end(.patch)
      if let norm = weights.normBefore {
        unsafe kernels.table.pointee.layer_norm(
          stream, chunk.count, width, norm.gain, norm.bias, norm.epsilon, stream)
        end(.norm)
      }
    }
  }

  /// Copies patches' bytes, row-major y, x, channel, as activations.
  private func gather(_ image: Int, patches first: Int, count: Int) {
    let geometry = engine.manifest.geometry
    let side = geometry.patchSize
    guard let pixels = unsafe session.pixels else { return }
    let crop = unsafe pixels + image * engine.imageBytes
    let flip = kernels.mask ^ 0x80
    for index in 0..<count {
      let (row, column) = (first + index).quotientAndRemainder(dividingBy: geometry.grid)
      var to = unsafe scratch.narrow.base + index * scratch.narrowStride
      for y in 0..<side {
        let offset = 3 * ((row * side + y) * geometry.imageSize + column * side)
        let from = unsafe crop + offset
        unsafe to.update(from: from, count: 3 * side)
        if flip != 0 {
          for x in 0..<3 * side { unsafe to[x] ^= flip }
        }
        unsafe to += 3 * side
      }
    }
  }

  /// Tokens into the stream, LayerNorm, queries, keys and values.
  private func project(_ block: TowerPlan.Block, _ index: Int, _ part: Int) {
    let weights = engine.weights.blocks[index]
    if let layer = block.constantTokens {
      for image in 0..<session.batch where image % session.pool.count == part {
        unsafe engine.constants.copy(
          layer: layer, to: session.heads(image: image, block: index, part: 0),
          and: session.heads(image: image, block: index, part: 1))
      }
    }
    forEachChunk(of: block.rows, part) { image, chunk in
      setTokens(block.tokens, image, rows: chunk)
      unsafe kernels.table.pointee.layer_norm_quantise(
        streamRow(image, chunk.lowerBound), chunk.count, width, weights.norm1.gain,
        weights.norm1.bias, weights.norm1.epsilon, scratch.narrow.base, scratch.narrowStride,
        scratch.scales.base)
      end(.norm)
      let outputs = chunk.clamped(to: block.outputRows)
      if !outputs.isEmpty {
        unsafe linear(
          .queryKeyValue, weights.query, quantised(chunk, outputs), to: scratch.products.base,
          stride: width)
        quantiseQueries(image, outputs)
        end(.quantiseHeads)
      }
      let inputs = chunk.clamped(to: block.keyValueRows)
      if !inputs.isEmpty {
        unsafe linear(
          .queryKeyValue, weights.keyValue, quantised(chunk, inputs), to: scratch.products.base,
          stride: 2 * width)
        for part in 0..<2 {
          let heads = unsafe session.heads(image: image, block: index, part: part)
          unsafe quantiseHeads(
            part, to: heads, position: inputs.lowerBound - block.firstRow, count: inputs.count)
        }
        end(.quantiseHeads)
      }
    }
  }

  private func setTokens(_ tokens: TowerPlan.Tokens, _ image: Int, rows: Range<Int>) {
    let rows = rows.clamped(to: 0..<engine.plan.tokenCount)
    guard !rows.isEmpty else { return }
    let stream = unsafe streamRow(image, rows.lowerBound)
    let offset = rows.lowerBound * width
    switch tokens {
    case .pass: break
    case .set(let layer):
      unsafe stream.update(from: engine.weights.tokens[layer] + offset, count: rows.count * width)
    case .blend(let layer):
      let beta = engine.manifest.beta
      let token = unsafe engine.weights.tokens[layer] + offset
      for index in 0..<rows.count * width {
        unsafe stream[index] = beta * token[index] + (1 - beta) * stream[index]
      }
    }
  }

  private func quantiseQueries(_ image: Int, _ rows: Range<Int>) {
    let row = image * rowCount + rows.lowerBound
    unsafe kernels.table.pointee.quantise_heads(
      scratch.products.base, width, rows.count, headCount, width / headCount,
      UInt32(kernels.mask), session.queries.base + row * headCount * headStride,
      headCount * headStride,
      headStride, session.queryScales.base + row * headCount, headCount, 1)
  }

  private func quantiseHeads(_ part: Int, to heads: ck_heads, position: Int, count: Int) {
    let bytes = unsafe UnsafeMutableRawPointer(heads.bytes + position * headStride)
    unsafe kernels.table.pointee.quantise_heads(
      scratch.products.base + part * width, 2 * width, count, headCount, width / headCount, 0,
      bytes.assumingMemoryBound(to: UInt8.self), headStride, heads.capacity * headStride,
      heads.scales + position, 1, heads.capacity)
  }

  private func attend(_ block: TowerPlan.Block, _ index: Int, _ part: Int) {
    let positions = rowCount - block.firstRow
    let headDim = width / headCount
    forEachImage(of: block.outputRows, part) { image, rows in
      let row = image * rowCount + rows.lowerBound
      let call = unsafe ck_attention(
        queries: session.queries.base + row * headCount * headStride,
        query_scales: session.queryScales.base + row * headCount,
        keys: session.heads(image: image, block: index, part: 0),
        values: session.heads(image: image, block: index, part: 1), rows: rows.count,
        positions: positions, heads: headCount, head_dim: headDim, first_head: 0, head_count: 0,
        score_scale: engine.scoreScale, output: session.attended.base + row * width,
        output_stride: width, scratch: session.attentionScratch.base)
      let shared = unsafe ck_shared_attention(
        kernels: kernels.table, attention: call, scratch: session.attentionScratch.base,
        scratch_stride: session.attentionScratchStride)
      end(.attention, products: unsafe session.pool.attend(thread, shared))
    }
  }

  /// Output projection and MLP, each added to the stream.
  private func outputProjectionAndMLP(_ block: TowerPlan.Block, _ index: Int, _ part: Int) {
    let weights = engine.weights.blocks[index]
    let geometry = engine.manifest.geometry
    let gelu = engine.manifest.activation.kernel
    forEachChunk(of: block.outputRows, part) { image, chunk in
      let stream = unsafe streamRow(image, chunk.lowerBound)
      unsafe kernels.table.pointee.quantise(
        session.attended.base + (image * rowCount + chunk.lowerBound) * width, chunk.count, width,
        scratch.narrow.base, scratch.narrowStride, scratch.scales.base)
      unsafe linear(
        .out, weights.out, quantised(chunk, chunk), to: stream, stride: width, accumulating: true)
      unsafe kernels.table.pointee.layer_norm_quantise(
        stream, chunk.count, width, weights.norm2.gain, weights.norm2.bias, weights.norm2.epsilon,
        scratch.narrow.base, scratch.narrowStride, scratch.scales.base)
      end(.norm)
      unsafe linear(
        .fc1, weights.fc1, quantised(chunk, chunk), to: scratch.products.base,
        stride: geometry.mlpWidth)
      unsafe session.pool.applyGELU(
        thread, rows: chunk.count,
        ck_shared_gelu(
          kernels: kernels.table, x: scratch.products.base, width: geometry.mlpWidth, kind: gelu,
          out: scratch.wide.base, out_stride: scratch.wideStride, scales: scratch.scales.base,
          zeros: scratch.zeros.base))
      end(.gelu)
      unsafe linear(
        .fc2, weights.fc2,
        ck_rows(
          bytes: scratch.wide.base, stride: scratch.wideStride, count: chunk.count,
          scales: scratch.scales.base, zeros: scratch.zeros.base),
        to: stream, stride: width, accumulating: true)
    }
  }

  /// Both heads of every image: last LayerNorm, pooling, projection, unit length.
  private func pool(_ share: Int) {
    let weights = engine.weights
    let count = engine.manifest.geometry.embedDim
    for item in 0..<2 * session.batch where item % session.pool.count == share {
      let (image, part) = item.quotientAndRemainder(dividingBy: 2)
      let feature = unsafe session.feature(image, part: part)
      if part == 0 {
        unsafe kernels.table.pointee.project(
          classRow(image), width, weights.classHead, count, 0, count, feature)
      } else {
        guard let head = unsafe weights.representationHead else { continue }
        let mean = unsafe normalizedMean(image, 0..<engine.plan.tokenCount)
        unsafe kernels.table.pointee.project(mean, width, head, count, 0, count, feature)
      }
      let length = unsafe kernels.table.pointee.dot(feature, feature, count).squareRoot()
      for index in 0..<count { unsafe feature[index] /= length }
    }
    end(.heads)
  }

  /// What the class projection is applied to.
  private func classRow(_ image: Int) -> UnsafePointer<Float> {
    let classRow = engine.plan.tokenCount
    let patches = classRow + 1..<rowCount
    switch engine.manifest.pooling {
    case nil:
      return unsafe normalizedMean(image, classRow..<classRow + 1)
    case .normalizedPatches:
      return unsafe normalizedMean(image, patches)
    case .patches:
      let mean = unsafe scratch.pooled.base
      for row in patches {
        unsafe add(streamRow(image, row), to: mean, isFirst: row == patches.lowerBound)
      }
      unsafe divide(mean, by: patches.count)
      unsafe normalize(mean, to: mean)
      return unsafe UnsafePointer(mean)
    }
  }

  /// The mean of some of an image's rows, each normalised first.
  private func normalizedMean(_ image: Int, _ rows: Range<Int>) -> UnsafePointer<Float> {
    let mean = unsafe scratch.pooled.base
    let row = unsafe mean + width
    for index in rows {
      unsafe normalize(streamRow(image, index), to: row)
      unsafe add(row, to: mean, isFirst: index == rows.lowerBound)
    }
    if rows.count > 1 { unsafe divide(mean, by: rows.count) }
    return unsafe UnsafePointer(mean)
  }

  private func normalize(_ row: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>) {
    let norm = engine.weights.normAfter
    unsafe kernels.table.pointee.layer_norm(
      row, 1, width, norm.gain, norm.bias, norm.epsilon, output)
  }

  private func add(
    _ row: UnsafePointer<Float>, to sum: UnsafeMutablePointer<Float>, isFirst: Bool
  ) {
    if isFirst {
      unsafe sum.update(from: row, count: width)
    } else {
      for column in 0..<width { unsafe sum[column] += row[column] }
    }
  }

  private func divide(_ row: UnsafeMutablePointer<Float>, by count: Int) {
    for column in 0..<width { unsafe row[column] /= Float(count) }
  }

  // MARK: Rows and threads

  private func streamRow(_ image: Int, _ row: Int) -> UnsafeMutablePointer<Float> {
    unsafe session.stream.base + (image * rowCount + row) * width
  }

  /// Some of a chunk's rows as `layer_norm_quantise` left them.
  private func quantised(_ chunk: Range<Int>, _ rows: Range<Int>) -> ck_rows {
    let first = rows.lowerBound - chunk.lowerBound
    return unsafe ck_rows(
      bytes: scratch.narrow.base + first * scratch.narrowStride, stride: scratch.narrowStride,
      count: rows.count, scales: scratch.scales.base + first, zeros: nil)
  }

  /// Calls `body` for each image that a part has rows of, with these rows: the part's share of
  /// `rows` of all images.
  private func forEachImage(of rows: Range<Int>, _ part: Int, _ body: (Int, Range<Int>) -> Void) {
    let total = session.batch * rows.count
    var next = total * part / session.pool.count
    let end = total * (part + 1) / session.pool.count
    while next < end {
      let (image, first) = next.quotientAndRemainder(dividingBy: rows.count)
      let count = min(end - next, rows.count - first)
      let start = rows.lowerBound + first
      body(image, start..<start + count)
      next += count
    }
  }

  /// The same in chunks of nearly equal size.
  private func forEachChunk(of rows: Range<Int>, _ part: Int, _ body: (Int, Range<Int>) -> Void) {
    forEachImage(of: rows, part) { image, rows in
      let chunks = (rows.count + Self.chunk - 1) / Self.chunk
      for index in 0..<chunks {
        body(
          image,
          rows.lowerBound + rows.count * index / chunks..<rows.lowerBound + rows.count
            * (index + 1) / chunks)
      }
    }
  }

  /// The whole layer for these rows, with the help of threads that wait.
  private func linear(
    _ stage: Stage, _ layer: ck_linear, _ rows: ck_rows, to output: UnsafeMutablePointer<Float>,
    stride: Int, accumulating: Bool = false
  ) {
    let products = unsafe session.pool.linear(
      thread, kernels, layer, rows, to: output, stride: stride, accumulating: accumulating)
    end(stage, products: products)
  }

  /// A step: parts of it, and the wait for the others.
  private func share(_ step: inout UInt32, _ body: (_ part: Int) -> Void) {
    let products = session.pool.share(&step, thread, body)
    end(.wait, products: products)
  }

  private func end(_ stage: Stage, products: Int = 0) {
    session.profile?.end(stage, thread, products: products)
  }
}
