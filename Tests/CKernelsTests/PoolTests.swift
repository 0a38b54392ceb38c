import CKernels
import TestSupport
import Testing

@Suite("Threads that help each other")
struct PoolTests {
  /// What the threads of a run share.
  private final class Shared {
    static let rows = 40
    static let inputs = 512
    static let outputs = 768
    static let rounds = 20

    let pool: OpaquePointer
    let table: UnsafePointer<ck_kernels>
    let packed: PackedLayer
    let bytes: UnsafeMutablePointer<UInt8>
    let scales: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    /// Products done, by thread.
    let products: UnsafeMutablePointer<UInt64>

    init(_ pool: OpaquePointer, _ table: KernelTable, threads: Int) {
      var random = SplitMix64(seed: 3)
      self.pool = pool
      self.table = table.pointer
      packed = PackedLayer(
        table, outputs: Self.outputs, inputs: Self.inputs,
        weights: random.int8s(Self.outputs * Self.inputs, in: -127...127),
        scales: random.floats(Self.outputs), bias: random.floats(Self.outputs))
      bytes = .allocate(capacity: Self.rows * Self.inputs)
      for index in 0..<Self.rows * Self.inputs {
        bytes[index] = UInt8.random(in: 0...255, using: &random)
      }
      scales = .allocate(capacity: Self.rows)
      scales.initialize(repeating: 0.5, count: Self.rows)
      output = .allocate(capacity: Self.rows * Self.outputs)
      output.initialize(repeating: 0, count: Self.rows * Self.outputs)
      products = .allocate(capacity: threads)
      products.initialize(repeating: 0, count: threads)
    }

    deinit {
      bytes.deallocate()
      scales.deallocate()
      output.deallocate()
      products.deallocate()
    }

    var activations: ck_rows {
      ck_rows(bytes: bytes, stride: Self.inputs, count: Self.rows, scales: scales, zeros: nil)
    }

    func work(_ thread: Int) {
      for _ in 0..<Self.rounds {
        // The first thread has all the rows, so the others come to the barrier at once.
        if thread == 0 {
          var (layer, rows) = (packed.layer, activations)
          products[0] += ck_pool_linear(
            pool, 0, table, &layer, &rows, output, Self.outputs, true)
        }
        products[thread] += ck_pool_barrier(pool, UInt32(thread))
      }
    }
  }

  /// More threads than processors, too, which sleep instead of spinning.
  @Test("each panel is done once, whoever does it", arguments: [1, 2, 3, 7])
  func eachPanelOnce(threads: Int) throws {
    let pool = try #require(ck_pool_create(UInt32(threads)))
    defer { ck_pool_destroy(pool) }
    for table in KernelTable.all {
      let shared = Shared(pool, table, threads: threads)
      ck_pool_run(
        pool,
        { context, thread in
          Unmanaged<Shared>.fromOpaque(context).takeUnretainedValue().work(Int(thread))
        }, Unmanaged.passUnretained(shared).toOpaque())

      let alone = Shared(pool, table, threads: threads)
      var (layer, rows) = (alone.packed.layer, alone.activations)
      let panels = (Shared.outputs + Int(table.functions.panel) - 1) / Int(table.functions.panel)
      for _ in 0..<Shared.rounds {
        table.functions.linear(&layer, &rows, 0, panels, alone.output, Shared.outputs, true)
      }
      let count = Shared.rows * Shared.outputs
      #expect(
        (0..<count).allSatisfy { shared.output[$0].bitPattern == alone.output[$0].bitPattern })
      let done = (0..<threads).reduce(0) { $0 + shared.products[$1] }
      #expect(done == UInt64(Shared.rounds * count * Shared.inputs))
    }
  }
}
