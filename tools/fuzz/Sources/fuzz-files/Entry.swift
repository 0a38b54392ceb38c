import FuzzTarget

/// Readers of files, and of streams of pictures.
private let target = Target.chosen(of: [
  "model": Target(readModel, mutator: mutateModel),
  "checkpoint": Target(readCheckpoint),
  "index": Target(readIndex),
  "pickle": Target(readPickle, mutator: mutatePickle),
  "vocabulary": Target(readVocabulary),
  "configuration": Target(readConfiguration),
  "labels": Target(readLabels),
  "texts": Target(encodeText),
  "split": Target(readSplit),
  "image": Target(readImage, mutator: mutateImage),
  "orientation": Target(readOrientation),
  "stream": Target(splitStream),
  "part-header": Target(readPartHeader),
  "yaml": Target(readYAML),
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
