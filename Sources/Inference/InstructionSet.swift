import CKernels
import Glibc

/// The instruction sets that kernels exist for; the results are the same on all of them, bit for bit.
public enum InstructionSet: String, CaseIterable, Sendable, CustomStringConvertible {
  /// Plain C, the reference; runs anywhere.
  case scalar
  /// x86 with AVX2.
  case avx2
  /// x86 with VNNI on 256-bit registers.
  case avxvnni
  /// x86 with AVX-512 and VNNI.
  case avx512vnni
  /// Arm with NEON.
  case neon
  /// Arm with the dot product instructions.
  case dotprod
  /// Arm with the 8-bit matrix instructions.
  case i8mm

  /// The environment variable that forces an instruction set.
  private static let environmentVariable = "MMRL_ISA"

  /// The fastest instruction set of this processor.
  public static var best: InstructionSet {
    let isa = ck_best_isa()
    return allCases.first { $0.isa == isa } ?? .scalar
  }

  /// Whether this program was built with it and this processor has it.
  public var isAvailable: Bool { unsafe ck_kernels_for(isa) != nil }

  /// The name, as options and the environment variable spell it.
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

  var isa: ck_isa {
    switch self {
    case .scalar: .scalar
    case .avx2: .avx2
    case .avxvnni: .avxvnni
    case .avx512vnni: .avx512vnni
    case .neon: .neon
    case .dotprod: .dotprod
    case .i8mm: .i8mm
    }
  }
}
