import FuzzTarget

/// Readers of files, and of streams of pictures: what libFuzzer calls first.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  Target.choose(of: [
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
    "archive": Target(readArchive, mutator: mutateArchive),
  ])
  return 0
}
