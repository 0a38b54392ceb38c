import FuzzTarget

/// Readers of what clients and brokers send, and of what the running program keeps.
private let target = Target.chosen(of: [
  "http": Target(askServer),
  "teach": Target(askTeacher),
  "mqtt": Target(judgeMessage),
  "names": Target(readNames),
  "saved": Target(readSavedPicture),
])

/// Gives one input to the target: what libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  target.test(data, size)
}

/// Changes an input: what libFuzzer calls in the place of its own changes.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutateInput(
  _ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: CUnsignedInt
) -> Int {
  target.mutate(data, size, maximum, seed)
}
