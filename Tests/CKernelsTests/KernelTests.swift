import KernelChecks
import Testing

/// One of the checks written in C: an operation on an instruction set of this processor.
struct KernelCheck: Sendable, CustomTestStringConvertible {
  let index: Int
  let testDescription: String

  static let all: [KernelCheck] = {
    var checks: [KernelCheck] = []
    while true {
      let check = kc_at(checks.count)
      guard let operation = check.operation, let set = check.instruction_set else { return checks }
      checks.append(
        KernelCheck(
          index: checks.count,
          testDescription: "\(String(cString: operation)), \(String(cString: set))"))
    }
  }()
}

@Suite("Kernels and threads in C")
struct KernelTests {
  @Test("follow a plain loop, on every instruction set alike", arguments: KernelCheck.all)
  func holds(check: KernelCheck) {
    var hash: UInt64 = 0
    if let failures = kc_run(check.index, &hash) {
      Issue.record("\(String(cString: failures))")
    }
  }
}
