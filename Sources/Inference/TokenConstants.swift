import Basics
import CKernels
import ModelFile

/// Keys and values of the tokens' rows at the layers where these rows are constants.
///
/// For each representation layer keys and then values as `quantise_heads` writes them: bytes
/// `[H, K, head stride]` and scales `[H, K]`.
@safe
final class TokenConstants: @unchecked Sendable {
  // Sendable: written by `init` alone.
  private let bytes: AlignedBuffer<UInt8>
  private let scales: AlignedBuffer<Float>
  private let heads: Int
  private let count: Int
  private let headStride: Int

  init(_ manifest: Manifest, plan: TowerPlan, weights: TowerWeights, kernels: Kernels) {
    let width = manifest.geometry.width
    heads = manifest.geometry.heads
    count = manifest.geometry.tokenCount
    let headDim = width / heads
    headStride = ck_head_stride(headDim)
    let layers = manifest.representationLayers.count
    bytes = AlignedBuffer(zeroed: 2 * layers * heads * count * headStride)
    scales = AlignedBuffer(zeroed: 2 * layers * heads * count)

    let stride = width.roundedUp(to: 64)
    let rows = AlignedBuffer<UInt8>(zeroed: count * stride)
    let rowScales = AlignedBuffer<Float>(zeroed: count)
    let product = AlignedBuffer<Float>(zeroed: count * 2 * width)
    for (index, block) in plan.blocks.enumerated() {
      guard let layer = block.constantTokens else { continue }
      let blockWeights = weights.blocks[index]
      unsafe kernels.table.pointee.layer_norm_quantise(
        weights.tokens[layer], count, width, blockWeights.norm1.gain, blockWeights.norm1.bias,
        blockWeights.norm1.epsilon, rows.base, stride, rowScales.base)
      unsafe kernels.linear(
        blockWeights.keyValue,
        ck_rows(
          bytes: rows.base, stride: stride, count: count, scales: rowScales.base, zeros: nil),
        to: product.base, stride: 2 * width)
      for part in 0..<2 {
        unsafe kernels.table.pointee.quantise_heads(
          product.base + part * width, 2 * width, count, heads, headDim, 0,
          bytes.base + (2 * layer + part) * heads * count * headStride, headStride,
          count * headStride,
          scales.base + (2 * layer + part) * heads * count, 1, count)
      }
    }
  }

  /// Copies a layer's constants to the first positions of an image's keys and values.
  func copy(layer: Int, to keys: ck_heads, and values: ck_heads) {
    unsafe copy(part: 2 * layer, to: keys)
    unsafe copy(part: 2 * layer + 1, to: values)
  }

  private func copy(part: Int, to destination: ck_heads) {
    for head in 0..<heads {
      let from = (part * heads + head) * count
      let to = unsafe head * destination.capacity
      unsafe UnsafeMutableRawPointer(destination.bytes + to * headStride).copyMemory(
        from: bytes.base + from * headStride, byteCount: count * headStride)
      unsafe (destination.scales + to).update(from: scales.base + from, count: count)
    }
  }
}
