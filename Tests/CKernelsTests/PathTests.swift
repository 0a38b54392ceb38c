import CKernels
import TestSupport
import Testing

@Suite("Instruction sets")
struct PathTests {
  @Test("those that CI expects are tested, and the best of them is chosen")
  func expectedPathsRun() {
    let tested = KernelTable.all.map(\.testDescription)
    print("kernels tested: \(tested.joined(separator: " "))")
    for name in expectedInstructionSets {
      #expect(
        tested.contains(String(name)),
        "MMRL_EXPECT_ISA names \(name), which this build or processor lacks")
    }
    if let last = expectedInstructionSets.last {
      #expect(KernelTable.all.first { $0.isa == ck_best_isa() }?.testDescription == String(last))
    }
  }
}
