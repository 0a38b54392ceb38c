import Basics
import CKernels
import ModelFile

/// The scratch memory of one caller: encodes images, a batch at a time, and scores their features.
///
/// Not for use from several threads at once; make one session for each. A forward pass allocates
/// nothing.
///
/// Legend: B batch, K tokens, P patches, T = K + 1 + P rows of an image, W width, E joint size,
/// H heads.
@safe
public final class Session {
  /// The engine it belongs to.
  public let engine: Engine
  /// The most images of one ``encode(_:)-(Span<UInt8>)``.
  public let maximumBatch: Int
  /// What the stages of the passes cost, if asked for.
  public let profile: Profile?

  /// The threads of its passes: the engine's, or the caller alone.
  let pool: ThreadPool

  // Written between passes, read within them.
  private(set) var batch = 0
  private(set) var pixels: UnsafePointer<UInt8>?

  // Shared by the threads of a pass; each writes the rows that it owns.
  /// Residual stream `[B, T, W]`.
  let stream: AlignedBuffer<Float>
  /// Queries `[B, T, H · head stride]` and scales `[B, T, H]`.
  let queries: AlignedBuffer<UInt8>
  let queryScales: AlignedBuffer<Float>
  /// Keys and values, for even and odd blocks `[B, 2, 2]` of `[H, capacity, head stride]` and
  /// `[H, capacity]`: a thread may be a block ahead of one that still reads.
  let headBytes: AlignedBuffer<Int8>
  let headScales: AlignedBuffer<Float>
  /// Attention output `[B, T, W]`.
  let attended: AlignedBuffer<Float>
  /// Normalised features, class `[B, E]` then representation `[B, E]`.
  let featureRows: AlignedBuffer<Float>
  /// Scratch of each thread.
  let scratch: [ThreadScratch]
  /// The attention's scratch of each thread `[threads, stride]`: also of those who help another.
  let attentionScratch: AlignedBuffer<UInt8>
  let attentionScratchStride: Int
  /// The fusion feature of ``logits(of:_:into:)``.
  let fusion: AlignedBuffer<Float>

  init(_ engine: Engine, pool: ThreadPool, maximumBatch: Int, profiling: Bool) {
    precondition(maximumBatch > 0, "a session needs room for an image")
    self.engine = engine
    self.pool = pool
    self.maximumBatch = maximumBatch
    profile = profiling ? Profile(threads: pool.count) : nil
    let geometry = engine.manifest.geometry
    let rows = maximumBatch * engine.plan.rowCount
    let heads = geometry.heads
    let headStride = ck_head_stride(geometry.width / heads)
    let capacity = engine.plan.rowCount.roundedUp(to: 32)
    stream = AlignedBuffer(zeroed: rows * geometry.width)
    queries = AlignedBuffer(zeroed: rows * heads * headStride)
    queryScales = AlignedBuffer(zeroed: rows * heads)
    headBytes = AlignedBuffer(zeroed: 4 * maximumBatch * heads * capacity * headStride)
    headScales = AlignedBuffer(zeroed: 4 * maximumBatch * heads * capacity)
    attended = AlignedBuffer(zeroed: rows * geometry.width)
    featureRows = AlignedBuffer(zeroed: 2 * maximumBatch * geometry.embedDim)
    fusion = AlignedBuffer(zeroed: geometry.embedDim)
    scratch = (0..<pool.count).map { _ in ThreadScratch(geometry, chunk: Forward.chunk) }
    attentionScratchStride =
      ck_attention_scratch(engine.plan.rowCount, geometry.width / heads).roundedUp(to: 64)
    attentionScratch = AlignedBuffer(zeroed: pool.count * attentionScratchStride)
  }

  /// Encodes crops of the model's image size.
  ///
  /// - Parameter crops: RGB bytes `[B, S, S, 3]`, 1...``maximumBatch`` of them.
  public func encode(_ crops: Span<UInt8>) {
    let size = engine.imageBytes
    precondition(
      !crops.isEmpty && crops.count.isMultiple(of: size) && crops.count <= maximumBatch * size,
      "\(crops.count) bytes are not 1...\(maximumBatch) crops of \(size) bytes")
    batch = crops.count / size
    unsafe crops.withUnsafeBufferPointer { bytes in
      unsafe pixels = bytes.baseAddress
      unsafe pool.run(self) { context, thread in
        let session = unsafe Unmanaged<Session>.fromOpaque(context).takeUnretainedValue()
        Forward(session, thread: Int(thread)).run()
      }
    }
  }

  /// The unit features `[E]` of an image of the last batch; plain CLIP has no representation.
  ///
  /// - Precondition: the batch has the image.
  public func features(of image: Int) -> (class: [Float], representation: [Float]?) {
    func values(_ part: Int) -> [Float] {
      let count = engine.manifest.geometry.embedDim
      return unsafe Array(UnsafeBufferPointer(start: feature(image, part: part), count: count))
    }
    return (values(0), engine.manifest.method == .clip ? nil : values(1))
  }

  /// Class (part 0) or representation (part 1) feature of an image of the batch.
  func feature(_ image: Int, part: Int) -> UnsafeMutablePointer<Float> {
    precondition((0..<batch).contains(image), "no image \(image) in a batch of \(batch)")
    let row = part * maximumBatch + image
    return unsafe featureRows.base + row * engine.manifest.geometry.embedDim
  }

  /// Keys (part 0) or values (part 1) of an image in a block.
  func heads(image: Int, block: Int, part: Int) -> ck_heads {
    let geometry = engine.manifest.geometry
    let capacity = engine.plan.rowCount.roundedUp(to: 32)
    let index = (image * 2 + block % 2) * 2 + part
    let count = geometry.heads * capacity
    return unsafe ck_heads(
      bytes: headBytes.base + index * count * ck_head_stride(geometry.width / geometry.heads),
      scales: headScales.base + index * count, capacity: capacity)
  }
}

/// What one thread works in, a chunk of rows at a time.
@safe
final class ThreadScratch {
  /// Quantised rows `[chunk, narrowStride]`, of W columns or of a patch's bytes.
  let narrow: AlignedBuffer<UInt8>
  let narrowStride: Int
  /// Quantised rows `[chunk, wideStride]` of the MLP's width.
  let wide: AlignedBuffer<UInt8>
  let wideStride: Int
  /// Products `[chunk, max(2 W, MLP)]`.
  let products: AlignedBuffer<Float>
  let scales: AlignedBuffer<Float>
  let zeros: AlignedBuffer<Int32>
  /// Scale 1 and zero point -128, of pixels.
  let pixelScales: AlignedBuffer<Float>
  let pixelZeros: AlignedBuffer<Int32>
  /// The mean of some rows `[W]`, and one of them normalised.
  let pooled: AlignedBuffer<Float>

  init(_ geometry: Manifest.Geometry, chunk: Int) {
    let patch = 3 * geometry.patchSize * geometry.patchSize
    narrowStride = max(geometry.width, patch).roundedUp(to: 64)
    wideStride = geometry.mlpWidth.roundedUp(to: 64)
    narrow = AlignedBuffer(zeroed: chunk * narrowStride)
    wide = AlignedBuffer(zeroed: chunk * wideStride)
    products = AlignedBuffer(zeroed: chunk * max(2 * geometry.width, geometry.mlpWidth))
    scales = AlignedBuffer(zeroed: chunk)
    zeros = AlignedBuffer(zeroed: chunk)
    pixelScales = AlignedBuffer(zeroed: chunk)
    pixelZeros = AlignedBuffer(zeroed: chunk)
    unsafe pixelScales.base.update(repeating: 1, count: chunk)
    unsafe pixelZeros.base.update(repeating: -128, count: chunk)
    pooled = AlignedBuffer(zeroed: 2 * geometry.width)
  }
}
