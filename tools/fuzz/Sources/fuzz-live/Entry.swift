import FuzzTarget

/// Readers of what clients and brokers send, and of what the running program keeps: what libFuzzer calls first.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  Target.choose(of: [
    "http": Target(askServer),
    "teach": Target(askTeacher),
    "mqtt": Target(judgeMessage),
    "names": Target(readNames),
    "saved": Target(readSavedPicture),
  ])
  return 0
}
