import CKernels
import ModelFile

/// The image tower's weights in memory.
///
/// Immutable once loaded, shared by all sessions.
@safe
final class TowerWeights: @unchecked Sendable {
  // Sendable: what the pointers lead to is constant and lives as long as `tensors`.
  let patch: ck_linear
  /// `[1 + P, W]`.
  let position: UnsafePointer<Float>
  /// Absent where the tower has none before its first block.
  let normBefore: Norm?
  let blocks: [Block]
  let normAfter: Norm
  /// `[K, W]` for each representation layer, in the manifest's order.
  let tokens: [UnsafePointer<Float>]
  /// `[W, E]`.
  let classHead: UnsafePointer<Float>
  /// `[W, E]`, absent for plain CLIP.
  let representationHead: UnsafePointer<Float>?
  /// Bytes of packed weights and floats.
  var byteCount: Int { tensors.byteCount }

  private let tensors: PackedTensors

  init(
    _ model: ModelReader, kernels: Kernels, pool: ThreadPool
  ) throws(InferenceError) {
    let manifest = model.manifest
    let tensors = try PackedTensors(
      manifest.tensors.filter { $0.name.hasPrefix("visual.") }, of: model, kernels: kernels,
      pool: pool, epsilon: manifest.epsilon)
    unsafe patch = tensors.linear("visual.patch")
    unsafe position = tensors.required("visual.position")
    normBefore = manifest.inputNorm ?? true ? tensors.norm("visual.ln_pre") : nil
    normAfter = tensors.norm("visual.ln_post")
    unsafe classHead = tensors.required("visual.head.class")
    unsafe representationHead = tensors.vector("visual.head.representation")
    unsafe tokens = manifest.representationLayers.map {
      unsafe tensors.required("visual.tokens.\($0)")
    }
    blocks = (0..<manifest.geometry.layers).map { tensors.block("visual.blocks.\($0).") }
    self.tensors = tensors
  }
}
