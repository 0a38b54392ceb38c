import CFloatKernels
import CImaging
import CKernels
import TestSupport
import Testing

/// A list of instruction sets of one C target, as its three functions give it.
struct InstructionSetList: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// The sets for this processor or another, the better ones first.
  let names: [String]
  /// What the table that a name finds calls itself, if there is one.
  let tableNamed: @Sendable (String) -> String?
  let best: String

  static let engine = InstructionSetList(
    testDescription: "CKernels", names: names(ck_instruction_set),
    tableNamed: { ck_kernels_named($0).map { String(cString: $0.pointee.name) } },
    best: String(cString: ck_kernels_best().pointee.name))
  static let all = [
    engine,
    InstructionSetList(
      testDescription: "CFloatKernels", names: names(cf_instruction_set),
      tableNamed: { cf_kernels_named($0).map { String(cString: $0.pointee.name) } },
      best: String(cString: cf_kernels_best().pointee.name)),
    InstructionSetList(
      testDescription: "CImaging", names: names(ci_instruction_set),
      tableNamed: { ci_kernels_named($0).map { String(cString: $0.pointee.name) } },
      best: String(cString: ci_kernels_best().pointee.name)),
  ]

  private static func names(_ list: (Int) -> UnsafePointer<CChar>?) -> [String] {
    var names: [String] = []
    while let name = list(names.count) { names.append(String(cString: name)) }
    return names
  }
}

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("those that CI expects are tested, and the best of them is chosen")
  func expectedSetsRun() {
    let list = InstructionSetList.engine
    let tested = list.names.reversed().filter { list.tableNamed($0) != nil }
    print("kernels tested: \(tested.joined(separator: " "))")
    for name in expectedInstructionSets {
      #expect(
        tested.contains(String(name)),
        "MMRL_EXPECT_ISA names \(name), which this build or processor lacks")
    }
    if let last = expectedInstructionSets.last { #expect(list.best == String(last)) }
  }

  @Test(
    "each name stands once and finds its own table, the best being the first",
    arguments: InstructionSetList.all)
  func namesFindTables(list: InstructionSetList) {
    #expect(Set(list.names).count == list.names.count)
    let found = list.names.filter { list.tableNamed($0) != nil }
    for name in found { #expect(list.tableNamed(name) == name) }
    #expect(found.first == list.best)
    #expect(found.last == "scalar")
    #expect(list.tableNamed("no such set") == nil)
  }
}
