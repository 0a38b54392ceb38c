internal import CFuzzer
import Glibc

/// A reader of bytes from outside, and how its inputs are changed.
public struct Target: Sendable {
  /// Changes an input, which may become as long as it says; nothing where libFuzzer's own changes will do.
  public typealias Mutator =
    @Sendable (_ input: [UInt8], _ longest: Int, _ dice: inout Dice) -> [UInt8]

  private let read: @Sendable ([UInt8]) -> Void
  private let mutator: Mutator?

  /// A target.
  public init(_ read: @escaping @Sendable ([UInt8]) -> Void, mutator: Mutator? = nil) {
    self.read = read
    self.mutator = mutator
  }

  /// The target that inputs go to.
  nonisolated(unsafe) fileprivate static var chosen: Target?

  /// Has inputs go to the target that the environment variable `FUZZ_TARGET` names; without one, the program ends.
  ///
  /// To be called once, before the first input.
  public static func choose(of targets: [String: Target]) {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    chosen = targets[name]
    guard chosen == nil else { return }
    let names = targets.keys.sorted().joined(separator: ", ")
    let message = Array("FUZZ_TARGET must be one of \(names)\n".utf8)
    _ = write(STDERR_FILENO, message, message.count)
    exit(64)
  }

  fileprivate func test(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    read([UInt8](UnsafeBufferPointer(start: data, count: size)))
    return 0
  }

  fileprivate func mutate(
    _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: CUnsignedInt
  ) -> Int {
    guard let mutator else { return LLVMFuzzerMutate(data, size, maximum) }
    var dice = Dice(seed: UInt64(seed))
    let bytes = mutator([UInt8](UnsafeBufferPointer(start: data, count: size)), maximum, &dice)
    guard !bytes.isEmpty, bytes.count <= maximum else {
      return LLVMFuzzerMutate(data, size, maximum)
    }
    for (index, byte) in bytes.enumerated() { data[index] = byte }
    return bytes.count
  }
}

/// Gives one input to the target: what libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  Target.chosen?.test(data, size) ?? -1
}

/// Changes an input, and says how long it is then: what libFuzzer calls in the place of its own changes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateInput(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: CUnsignedInt
) -> Int {
  Target.chosen?.mutate(data, size, maximum, seed) ?? size
}

/// What libFuzzer makes of bytes that are part of an input.
public func fuzzed(_ bytes: [UInt8], room: Int) -> [UInt8] {
  var buffer = bytes + [UInt8](repeating: 0, count: max(1, room))
  let new = LLVMFuzzerMutate(&buffer, bytes.count, buffer.count)
  return Array(buffer.prefix(new))
}

/// Random numbers from the seed that libFuzzer gives, so that a run can be repeated (SplitMix64).
public struct Dice: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// The next number.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }
}
