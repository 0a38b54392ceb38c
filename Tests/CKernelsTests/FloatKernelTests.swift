import CKernels
import TestSupport
import Testing

/// Each instruction set's float kernels against the portable ones, on widths around the 16 lanes and unaligned starts.
@Suite struct FloatKernelTests {
  static let names: [String] = ["scalar", "avx2", "avx512f"].filter { ck_float_named($0) != nil }
  static let widths = [2, 3, 15, 16, 17, 31, 33, 64, 197, 202]

  /// Somewhat different sums and roundings are allowed, nothing else.
  private func expectEqual(_ a: [Float], _ b: [Float], _ what: String) {
    for (index, (x, y)) in zip(a, b).enumerated() {
      #expect(abs(x - y) <= 1e-5 * max(1, abs(y)), "\(what)[\(index)]: \(x), not \(y)")
      guard abs(x - y) <= 1e-5 * max(1, abs(y)) else { return }
    }
  }

  @Test(arguments: names, widths)
  func equalsScalar(name: String, columns: Int) throws {
    let kernels = try #require(ck_float_named(name)).pointee
    let scalar = ck_float_scalar().pointee
    var random = SplitMix64(seed: UInt64(columns))
    let rows = 3
    // One float before each row block makes the start unaligned; one after it is a guard.
    func values(_ count: Int) -> [Float] {
      (0..<count + 2).map { _ in random.normal() * 3 }
    }
    let x = values(rows * columns)
    let dy = values(rows * columns)
    let gain = values(columns)
    let bias = values(columns)
    let count = rows * columns

    func run(_ k: ck_float_kernels) -> [(String, [Float])] {
      var results: [(String, [Float])] = []
      // The inputs stay alive until all kernels have run.
      let (input, gradient, gains, biases) = (Floats(x), Floats(dy), Floats(gain), Floats(bias))
      func keep(_ what: String, _ initial: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void)
        -> Floats
      {
        let output = Floats(initial)
        body(output.start)
        results.append((what, output.values))
        return output
      }
      let mean = Floats([Float](repeating: 0, count: rows + 2))
      let rstd = Floats([Float](repeating: 0, count: rows + 2))
      _ = keep("layer_norm", dy) {
        k.layer_norm(
          input.start, rows, columns, gains.start, biases.start, 1e-5, $0, mean.start, rstd.start)
      }
      results += [("mean", mean.values), ("rstd", rstd.values)]
      _ = keep("layer_norm_backward", dy) {
        k.layer_norm_backward(
          input.start, gradient.start, rows, columns, gains.start, mean.start, rstd.start, $0)
      }
      for (visible, growth) in [(columns, 0), (1, 1), (columns / 2 + 1, 0)] {
        let p = keep("softmax \(visible) \(growth)", x) {
          k.softmax($0, rows, columns, columns, 0.3, visible, growth)
        }
        _ = keep("softmax_backward", dy) {
          k.softmax_backward(p.start, $0, rows, columns, columns, 0.3)
        }
      }
      for kind in [CK_FLOAT_QUICK_GELU, CK_FLOAT_GELU] {
        _ = keep("activate", dy) { k.activate(input.start, $0, count, kind) }
        _ = keep("activate_backward", dy) { k.activate_backward(input.start, $0, count, kind) }
      }
      _ = keep("add_bias", dy) { k.add_bias(input.start, biases.start, rows, columns, $0) }
      _ = keep("add_column_sums", gain) { k.add_column_sums(input.start, rows, columns, $0) }
      _ = keep("scale_add", dy) { k.scale_add(0.5, input.start, -2, $0, count) }
      let (first, second) = (Floats(dy), Floats(x.map { $0 * $0 }))
      _ = keep("adamw", x) {
        k.adamw(
          $0, gradient.start, first.start, second.start, count,
          ck_float_adamw(
            learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.1,
            bias_correction1: 0.1, sqrt_bias_correction2: 0.03))
      }
      return withExtendedLifetime((input, gradient, gains, biases, mean, rstd, first, second)) {
        results + [("moment1", first.values), ("moment2", second.values)]
      }
    }
    for ((what, found), (_, expected)) in zip(run(kernels), run(scalar)) {
      expectEqual(found, expected, "\(name) \(columns) \(what)")
    }
    // The guards before and after each output are as they were: scalar left them alone too, and they started equal.
    for (what, found) in run(kernels)
    where found.count == count + 2 && what != "mean" && what != "rstd" {
      let initial =
        what.hasPrefix("softmax ") || what == "adamw"
        ? x : what == "moment2" ? x.map { $0 * $0 } : dy
      #expect(found[0] == initial[0] && found[count + 1] == initial[count + 1], "\(name) \(what)")
    }
  }

  @Test(arguments: names)
  func softmaxOfExtremes(name: String) throws {
    let kernels = try #require(ck_float_named(name)).pointee
    var x: [Float] = [1000, -1000, 999, 0] + [Float](repeating: -3000, count: 20)
    kernels.softmax(&x, 1, 24, 24, 1, 24, 0)
    #expect(abs(x[0] - 0.7310586) < 1e-5 && abs(x[2] - 0.2689414) < 1e-5)
    #expect(abs(x.reduce(0, +) - 1) < 1e-5 && x.allSatisfy { $0 >= 0 && $0.isFinite })
  }

  @Test func bestIsKnown() throws {
    let best = String(cString: ck_float_best().pointee.name)
    #expect(Self.names.last == best)
  }
}

/// Floats that start one element into their memory, hence unaligned, with a guard before and after them.
private final class Floats {
  private let memory: UnsafeMutablePointer<Float>
  private let count: Int

  init(_ values: [Float]) {
    count = values.count
    memory = .allocate(capacity: count)
    memory.initialize(from: values, count: count)
  }

  deinit { memory.deallocate() }

  var start: UnsafeMutablePointer<Float> { memory + 1 }
  var values: [Float] { Array(UnsafeBufferPointer(start: memory, count: count)) }
}
