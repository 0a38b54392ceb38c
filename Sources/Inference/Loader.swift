import Basics
import CKernels
import ModelFile
import Synchronization

/// Reads the tensors of a plan on all threads, each into its own bounded buffer, and packs them.
@safe
final class Loader: @unchecked Sendable {
  // Sendable: each job is taken by one thread (`next`) and writes places of its own.
  private let packed: UnsafeMutablePointer<Int8>
  private let sums: UnsafeMutablePointer<Int32>
  private let floats: UnsafeMutablePointer<Float>
  private let model: ModelReader
  private let plan: LoadPlan
  private let kernels: Kernels
  private let next = Atomic<Int>(0)
  private let failure = Mutex<InferenceError?>(nil)

  init(
    _ model: ModelReader, plan: LoadPlan, kernels: Kernels, threads: Int,
    packed: UnsafeMutablePointer<Int8>, sums: UnsafeMutablePointer<Int32>,
    floats: UnsafeMutablePointer<Float>
  ) {
    self.model = model
    self.plan = plan
    self.kernels = kernels
    unsafe self.packed = unsafe packed
    unsafe self.sums = unsafe sums
    unsafe self.floats = unsafe floats
  }

  func run(on pool: ThreadPool) throws(InferenceError) {
    unsafe pool.run(self) { context, _ in
      unsafe Unmanaged<Loader>.fromOpaque(context).takeUnretainedValue().work()
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func work() {
    var decoder = FrameDecoder()
    let buffer = AlignedBuffer<Float>(zeroed: (plan.largestTensor + 3) / 4)
    do throws(InferenceError) {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < plan.jobs.count, failure.withLock({ $0 == nil }) else { return }
        try load(plan.jobs[index], with: &decoder, buffer: buffer)
      }
    } catch {
      failure.withLock { $0 = $0 ?? error }
    }
  }

  private func load(
    _ job: LoadPlan.Job, with decoder: inout FrameDecoder, buffer: borrowing AlignedBuffer<Float>
  ) throws(InferenceError) {
    let bytes = unsafe UnsafeMutableRawPointer(buffer.base)
    switch job {
    case .matrix(let tensor, let parts):
      try unsafe read(tensor, with: &decoder, into: bytes)
      let matrix = unsafe bytes.assumingMemoryBound(to: Int8.self)
      for (layer, first) in parts {
        let isValid = unsafe ck_pack(
          kernels.table, matrix + first * layer.inputs, layer.outputs, layer.inputs,
          packed + layer.weights, sums + layer.sums)
        guard isValid else { throw .invalidWeights(tensor: tensor) }
      }
    case .floats(let tensor, let parts):
      try unsafe read(tensor, with: &decoder, into: bytes)
      var source = unsafe buffer.base
      for (offset, count) in parts {
        let values = unsafe UnsafeBufferPointer(start: source, count: count)
        guard unsafe values.allSatisfy(\.isFinite) else { throw .model(.notFinite(tensor)) }
        unsafe (floats + offset).update(from: source, count: count)
        unsafe source += count
      }
    }
  }

  /// Fills the first bytes at `destination`, which has room for the plan's largest tensor.
  private func read(
    _ tensor: String, with decoder: inout FrameDecoder, into destination: UnsafeMutableRawPointer
  ) throws(InferenceError) {
    guard let entry = model.entry(tensor) else { throw .model(.missingTensor(tensor)) }
    var span = unsafe MutableRawSpan(_unsafeStart: destination, byteCount: entry.length)
    do throws(ModelFileError) {
      try model.read(tensor, into: &span, with: &decoder)
    } catch {
      throw .model(error)
    }
  }
}
