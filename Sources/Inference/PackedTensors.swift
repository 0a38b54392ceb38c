import Basics
import CKernels
import ModelFile

/// A LayerNorm's parameters, `[W]` each.
@safe
struct Norm {
  let gain: UnsafePointer<Float>
  let bias: UnsafePointer<Float>
  /// What is added to the variance.
  let epsilon: Float
}

/// One block of a tower, packed for an instruction set.
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

/// What rounding left of a block's weights, as layers whose output is added to the block's; nil where a file has none.
@safe
struct BlockResiduals {
  let query: ck_linear?
  let keyValue: ck_linear?
  let out: ck_linear?
  let fc1: ck_linear?
  let fc2: ck_linear?
}

/// Some tensors of a model in memory: int8 matrices packed for one instruction set, and floats.
@safe
final class PackedTensors: @unchecked Sendable {
  // Sendable: the buffers are written by `init` alone; afterwards everything is constant.
  /// Bytes of packed weights and floats.
  let byteCount: Int

  private let plan: LoadPlan
  private let epsilon: Float
  private let packed: AlignedBuffer<Int8>
  private let sums: AlignedBuffer<Int32>
  private let floats: AlignedBuffer<Float>

  /// Reads tensors on all threads of a pool.
  ///
  /// - Parameters:
  ///   - tensors: which.
  ///   - model: where they are.
  ///   - kernels: what matrices are packed for.
  ///   - pool: threads that share the work.
  ///   - epsilon: what LayerNorms add to the variance; nil for the usual.
  /// - Throws: what is wrong with the model's tensors.
  init(
    _ tensors: [TensorDescription], of model: ModelReader, kernels: Kernels, pool: ThreadPool,
    epsilon: Float?
  ) throws(InferenceError) {
    self.epsilon = epsilon ?? Manifest.defaultEpsilon
    plan = LoadPlan(tensors, kernels: kernels)
    packed = AlignedBuffer(zeroed: plan.packedCount)
    sums = AlignedBuffer(zeroed: plan.sumCount)
    floats = AlignedBuffer(zeroed: plan.floatCount)
    byteCount = plan.packedCount + 4 * (plan.sumCount + plan.floatCount)
    let loader = unsafe Loader(
      model, plan: plan, kernels: kernels, threads: pool.count, packed: packed.base,
      sums: sums.base, floats: floats.base)
    try loader.run(on: pool)
  }

  /// A float tensor that is no part of a linear layer, if it is among those read.
  func vector(_ name: String) -> UnsafePointer<Float>? {
    guard let offset = plan.vectors[name] else { return nil }
    return unsafe UnsafePointer(floats.base + offset)
  }

  /// A float tensor that is among those read.
  func required(_ name: String) -> UnsafePointer<Float> {
    guard let pointer = unsafe vector(name) else { preconditionFailure("no \(name) in the plan") }
    return unsafe pointer
  }

  func norm(_ name: String) -> Norm {
    unsafe Norm(
      gain: required(name + ".gain"), bias: required(name + ".bias"), epsilon: epsilon)
  }

  func linear(_ name: String) -> ck_linear {
    guard let layer = unsafe optionalLinear(name) else {
      preconditionFailure("no \(name) in the plan")
    }
    return unsafe layer
  }

  private func optionalLinear(_ name: String) -> ck_linear? {
    guard let place = plan.linears[name] else { return nil }
    return unsafe ck_linear(
      weights: packed.base + place.weights, sums: sums.base + place.sums,
      scales: floats.base + place.scales, bias: floats.base + place.bias, outputs: place.outputs,
      inputs: place.inputs)
  }

  /// The block whose tensors' names begin with `prefix`.
  func block(_ prefix: String) -> Block {
    unsafe Block(
      norm1: norm(prefix + "ln_1"), query: linear(prefix + "query"),
      keyValue: linear(prefix + "keyValue"), out: linear(prefix + "out"),
      norm2: norm(prefix + "ln_2"), fc1: linear(prefix + "fc1"), fc2: linear(prefix + "fc2"))
  }

  /// What rounding left of the weights of a block's layers, whose names begin with `prefix`.
  func residuals(_ prefix: String) -> BlockResiduals {
    unsafe BlockResiduals(
      query: optionalLinear(prefix + "query"), keyValue: optionalLinear(prefix + "keyValue"),
      out: optionalLinear(prefix + "out"), fc1: optionalLinear(prefix + "fc1"),
      fc2: optionalLinear(prefix + "fc2"))
  }
}
