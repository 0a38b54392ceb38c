import Basics
import CKernels
import ModelFile

/// A LayerNorm's parameters, `[W]` each.
@safe
struct Norm {
  let gain: UnsafePointer<Float>
  let bias: UnsafePointer<Float>
}

/// One block of the image tower, packed for an instruction set.
@safe
struct Block {
  let norm1: Norm
  /// The first W rows of the file's `qkv`.
  let query: ck_linear
  /// The other 2 W.
  let keyValue: ck_linear
  let out: ck_linear
  let norm2: Norm
  let fc1: ck_linear
  let fc2: ck_linear
}

/// The image tower's weights in memory: int8 matrices packed for one instruction set, and floats.
///
/// Immutable once loaded, shared by all sessions.
@safe
final class TowerWeights: @unchecked Sendable {
  // Sendable: the buffers are written by `init` alone; afterwards everything is constant.
  let patch: ck_linear
  /// `[1 + P, W]`.
  let position: UnsafePointer<Float>
  let normBefore: Norm
  let blocks: [Block]
  let normAfter: Norm
  /// `[K, W]` for each representation layer, in the manifest's order.
  let tokens: [UnsafePointer<Float>]
  /// `[W, E]`.
  let classHead: UnsafePointer<Float>
  /// `[W, E]`, absent for plain CLIP.
  let representationHead: UnsafePointer<Float>?
  /// Bytes of packed weights and floats.
  let byteCount: Int

  private let packed: AlignedBuffer<Int8>
  private let sums: AlignedBuffer<Int32>
  private let floats: AlignedBuffer<Float>

  init(
    _ model: ModelReader, kernels: Kernels, pool: ThreadPool
  ) throws(InferenceError) {
    let plan = LoadPlan(model.manifest, kernels: kernels)
    packed = AlignedBuffer(zeroed: plan.packedCount)
    sums = AlignedBuffer(zeroed: plan.sumCount)
    floats = AlignedBuffer(zeroed: plan.floatCount)
    byteCount = plan.packedCount + 4 * (plan.sumCount + plan.floatCount)
    let loader = unsafe Loader(
      model, plan: plan, kernels: kernels, threads: pool.count, packed: packed.base,
      sums: sums.base, floats: floats.base)
    try loader.run(on: pool)

    func linear(_ name: String) -> ck_linear { unsafe loader.linear(plan.linears[name]) }
    func vector(_ name: String) -> UnsafePointer<Float>? {
      guard let offset = plan.vectors[name] else { return nil }
      return unsafe UnsafePointer(loader.floats + offset)
    }
    func required(_ name: String) -> UnsafePointer<Float> {
      guard let pointer = unsafe vector(name) else { preconditionFailure("no \(name) in the plan") }
      return unsafe pointer
    }
    func norm(_ name: String) -> Norm {
      unsafe Norm(gain: required(name + ".gain"), bias: required(name + ".bias"))
    }
    unsafe patch = linear("visual.patch")
    unsafe position = required("visual.position")
    normBefore = norm("visual.ln_pre")
    normAfter = norm("visual.ln_post")
    unsafe classHead = required("visual.head.class")
    unsafe representationHead = vector("visual.head.representation")
    unsafe tokens = model.manifest.representationLayers.map {
      unsafe required("visual.tokens.\($0)")
    }
    blocks = (0..<model.manifest.geometry.layers).map { index in
      let prefix = "visual.blocks.\(index)."
      return unsafe Block(
        norm1: norm(prefix + "ln_1"), query: linear(prefix + "query"),
        keyValue: linear(prefix + "keyValue"), out: linear(prefix + "out"),
        norm2: norm(prefix + "ln_2"), fc1: linear(prefix + "fc1"), fc2: linear(prefix + "fc2"))
    }
  }
}
