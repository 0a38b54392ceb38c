import CKernels
import Glibc

/// An instruction set that kernels exist for; the results are the same on all of them, bit for bit.
///
/// Which there are is said by the list in `CKernels/dispatch.c`, nowhere else.
public struct InstructionSet: RawRepresentable, CaseIterable, Hashable, Sendable,
  CustomStringConvertible
{
  /// The name, as options and the environment variable spell it.
  public let rawValue: String

  /// The instruction set of a name, whether this processor has it or not; nil if there is none.
  public init?(rawValue: String) {
    guard Self.allCases.contains(where: { $0.rawValue == rawValue }) else { return nil }
    self.rawValue = rawValue
  }

  private init(name: UnsafePointer<CChar>) {
    unsafe rawValue = String(cString: name)
  }

  /// All that kernels exist for, on this processor or another, the plainest of each first.
  public static let allCases: [InstructionSet] = {
    var sets: [InstructionSet] = []
    while let name = unsafe ck_instruction_set(sets.count) {
      sets.append(unsafe InstructionSet(name: name))
    }
    return sets.reversed()
  }()

  /// Plain C, the reference; runs anywhere.
  public static let scalar = allCases[0]

  /// The environment variable that forces an instruction set.
  private static let environmentVariable = "MMRL_ISA"

  /// The fastest instruction set of this processor.
  public static var best: InstructionSet {
    unsafe InstructionSet(name: ck_kernels_best().pointee.name)
  }

  /// Whether this program was built with it and this processor has it.
  public var isAvailable: Bool { unsafe table != nil }

  /// Its kernels, a constant; nil if it is not available.
  var table: UnsafePointer<ck_kernels>? { unsafe ck_kernels_named(rawValue) }

  /// The name.
  public var description: String { rawValue }

  /// The instruction set of a name.
  ///
  /// - Throws: ``InferenceError/unknownInstructionSet(_:)`` or, if this processor lacks it,
  ///   ``InferenceError/unavailableInstructionSet(_:)``.
  public static func named(_ name: String) throws(InferenceError) -> InstructionSet {
    guard let set = InstructionSet(rawValue: name) else { throw .unknownInstructionSet(name) }
    guard set.isAvailable else { throw .unavailableInstructionSet(set) }
    return set
  }

  /// What the environment variable `MMRL_ISA` names, else ``best``.
  ///
  /// - Throws: as ``named(_:)``.
  static func preferred() throws(InferenceError) -> InstructionSet {
    guard let value = unsafe getenv(environmentVariable) else { return best }
    let name = unsafe String(cString: value)
    return name.isEmpty ? best : try named(name)
  }
}
