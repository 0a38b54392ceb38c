import Glibc

/// The instruction sets that tests must have run on, by name: what `MMRL_EXPECT_ISA` lists, separated
/// by spaces.
///
/// CI sets it, so that a run which silently tested less than it should fails; without it nothing is
/// expected of a machine.
public let expectedInstructionSets: [Substring] =
  unsafe getenv("MMRL_EXPECT_ISA").map { unsafe String(cString: $0).split(separator: " ") } ?? []
