import CImaging

/// The weights of one direction of a resize, as Pillow's `precompute_coeffs` and
/// `normalize_coeffs_8bpc` compute them for its antialiased bicubic (a = -0.5).
///
/// Computed for a window of the outputs only; kept while the geometry stays the same.
struct ResampleWeights {
  private struct Geometry: Equatable {
    var inputs: Int
    var outputs: Int
    var window: Range<Int>
    var isReversed: Bool
  }
  private var geometry: Geometry?
  /// Weights stored for each output.
  private var stride = 0
  /// First inputs `[outputs]`, relative to `inputs.lowerBound`; counts `[outputs]`; weights
  /// `[outputs, stride]` in 1/2²²: see `ci_taps`.
  private var words: [Int32] = []
  /// Upper parts `[outputs, stride]`, lower parts `[outputs, stride]`.
  private var halves: [Int16] = []
  /// The inputs that the window needs.
  private(set) var inputs = 0..<0
  /// The most inputs that an output needs.
  private(set) var mostTaps = 0

  /// Prepares the resize of `inputs` samples to `outputs`, of which `window` are wanted.
  ///
  /// With `isReversed` the samples come in the opposite order, the last one first.
  mutating func prepare(inputs: Int, outputs: Int, window: Range<Int>, isReversed: Bool) {
    let wanted = Geometry(
      inputs: inputs, outputs: outputs, window: window, isReversed: isReversed)
    guard geometry != wanted else { return }
    geometry = wanted
    let scale = Double(inputs) / Double(outputs)
    let filterScale = max(scale, 1)
    let support = 2 * filterScale
    stride = (Int(support.rounded(.up)) * 2 + 1 + 7) / 8 * 8
    let size = window.count * stride
    words = [Int32](repeating: 0, count: window.count * 2 + size)
    halves = [Int16](repeating: 0, count: size * 2)

    var exact = [Double](repeating: 0, count: stride)
    var (needed, end) = (inputs, 0)
    mostTaps = 0
    for (index, output) in window.enumerated() {
      let center = (Double(output) + 0.5) * scale
      let start = max(Int(center - support + 0.5), 0)
      let count = min(Int(center + support + 0.5), inputs) - start
      let first = isReversed ? inputs - start - count : start
      var sum = 0.0
      for tap in 0..<count {
        exact[tap] = Self.bicubic((Double(tap + start) - center + 0.5) * (1 / filterScale))
        sum += exact[tap]
      }
      for tap in 0..<count {
        let weight = Self.fixedPoint(exact[tap] / sum)
        let place = index * stride + (isReversed ? count - 1 - tap : tap)
        words[window.count * 2 + place] = weight
        halves[place] = Int16(weight >> 15)
        halves[size + place] = Int16(weight & 0x7FFF)
      }
      words[index] = Int32(first)
      words[window.count + index] = Int32(count)
      needed = min(needed, first)
      end = max(end, first + count)
      mostTaps = max(mostTaps, count)
    }
    for index in 0..<window.count { words[index] -= Int32(needed) }
    self.inputs = needed..<end
  }

  /// Keys' cubic convolution with a = -0.5, in the order of operations of Pillow's `bicubic_filter`.
  private static func bicubic(_ x: Double) -> Double {
    let a = -0.5
    let x = abs(x)
    if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
    if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
    return 0
  }

  /// Rounds half away from zero.
  private static func fixedPoint(_ x: Double) -> Int32 {
    Int32((x < 0 ? -0.5 : 0.5) + x * Double(1 << 22))
  }

  /// The inputs that an output of the window needs.
  func inputs(of output: Int) -> Range<Int> {
    let first = inputs.lowerBound + Int(words[output])
    return first..<first + Int(words[windowCount + output])
  }

  /// Whether later outputs need earlier inputs.
  var isReversed: Bool { geometry?.isReversed ?? false }

  private var windowCount: Int { geometry?.window.count ?? 0 }

  /// Lends the weights of one output, whose first input is given at the start of what they are applied to.
  @unsafe func withTaps(of output: Int, _ body: (UnsafePointer<ci_taps>) -> Void) {
    unsafe withTaps { taps in
      let all = unsafe taps.pointee
      let offset = output * Int(unsafe all.stride)
      var first: Int32 = 0
      unsafe withUnsafePointer(to: &first) { first in
        var own = unsafe ci_taps(
          outputs: 1, stride: all.stride, first: first, count: all.count + output,
          weight: all.weight + offset, high: all.high + offset, low: all.low + offset)
        unsafe body(&own)
      }
    }
  }

  /// Lends the weights in the form that C reads.
  @unsafe func withTaps(_ body: (UnsafePointer<ci_taps>) -> Void) {
    let outputs = windowCount
    unsafe words.withUnsafeBufferPointer { words in
      unsafe halves.withUnsafeBufferPointer { halves in
        // Windows are never empty, so both arrays have an address.
        guard let words = words.baseAddress, let halves = halves.baseAddress else { return }
        var taps = unsafe ci_taps(
          outputs: Int32(outputs), stride: Int32(stride), first: words, count: words + outputs,
          weight: words + outputs * 2, high: halves, low: halves + outputs * stride)
        unsafe body(&taps)
      }
    }
  }
}
