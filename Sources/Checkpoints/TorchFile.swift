/// The files of `torch.save` and `torch.jit.save`.
enum TorchFile {
  /// Reads a zip file: `<prefix>/data.pkl` and one entry `<prefix>/data/<key>` a storage.
  static func readZip(_ file: MappedFile) throws(CheckpointError) -> TensorDirectory {
    let archive = try ZipArchive(file)
    let roots = archive.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard roots.count == 1, let root = roots.first, let range = try archive.range(of: root.name)
    else {
      throw .unsupported(
        path: file.path,
        what: archive.entries.contains { $0.name.hasSuffix("/model.json") }
          ? "is a TorchScript file of torch before 1.4, which is not read"
          : "is a zip file without a data.pkl, so not one of torch's")
    }
    let prefix = root.name.dropLast("data.pkl".count)
    if let order = try archive.range(of: "\(prefix)byteorder") {
      var reader = ByteReader(file, order)
      guard try reader.text(reader.remaining, "the byte order") == "little" else {
        throw .unsupported(path: file.path, what: "was written on a big-endian machine")
      }
    }
    var reader = ByteReader(file, range)
    let (value, heap) = try PickleMachine.run(&reader)
    var ranges: [Range<Int>] = []
    for storage in heap.storages {
      let name = "\(prefix)data/\(storage.key)"
      guard let range = try archive.range(of: name) else {
        throw .malformed(path: file.path, offset: file.count, what: "has no zip entry “\(name)”")
      }
      try check(storage, in: range, of: file)
      ranges.append(range)
    }
    return try directory(
      archive.contains("\(prefix)constants.pkl") ? .torchScript : .torchZip, file, root: value,
      heap,
      storages: ranges)
  }

  /// The first bytes of a file of torch before 1.6: a pickle of the number 0x1950a86a20f9469cfc6c.
  static let legacyMagic: [UInt8] = [
    0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
  ]

  /// Reads the format before 1.6: pickles of a magic number, the protocol, the machine, the value and the storages'
  /// keys, then for each key the element count (int64) and the elements.
  static func readLegacy(_ file: MappedFile) throws(CheckpointError) -> TensorDirectory {
    var reader = ByteReader(file, legacyMagic.count..<file.count)
    guard case (.integer(1001), _) = try PickleMachine.run(&reader) else {
      throw reader.malformed("is of a protocol of torch.save other than 1001")
    }
    let (machine, machineHeap) = try PickleMachine.run(&reader)
    if case .dictionary(let index) = machine {
      for case (.text("little_endian"), .bool(false)) in machineHeap.dictionaries[index] {
        throw .unsupported(path: file.path, what: "was written on a big-endian machine")
      }
    }
    let (value, heap) = try PickleMachine.run(&reader)
    let keysStart = reader.position
    let (keys, keysHeap) = try PickleMachine.run(&reader)
    guard case .sequence(let list) = keys else {
      throw reader.malformed("has no list of storages here", at: keysStart)
    }
    var ranges = [Range<Int>?](repeating: nil, count: heap.storages.count)
    for key in keysHeap.sequences[list] {
      guard case .text(let key) = key, let index = heap.storageIndices[key] else {
        throw reader.malformed(
          "lists a storage whose size is unknown: of numbers that are not read, or of no tensor",
          at: keysStart)
      }
      let start = reader.position
      let storage = heap.storages[index]
      guard try reader.length("the size of a storage") == storage.count else {
        throw reader.malformed("storage “\(key)” has another size than its tensors say", at: start)
      }
      let (byteCount, overflow) = storage.count.multipliedReportingOverflow(
        by: storage.type.byteCount)
      guard !overflow else { throw reader.malformed("storage “\(key)” is too large", at: start) }
      ranges[index] = try reader.take(byteCount, "storage “\(key)”")
    }
    guard ranges.allSatisfy({ $0 != nil }) else {
      throw reader.malformed("does not list all its storages", at: keysStart)
    }
    return try directory(.torchLegacy, file, root: value, heap, storages: ranges.compactMap { $0 })
  }

  private static func check(_ storage: PickleStorage, in range: Range<Int>, of file: MappedFile)
    throws(CheckpointError)
  {
    guard storage.count <= range.count / storage.type.byteCount else {
      throw .malformed(
        path: file.path, offset: range.lowerBound,
        what:
          "storage “\(storage.key)” has \(range.count) bytes, too few for \(storage.count) elements"
      )
    }
  }

  private static func directory(
    _ format: CheckpointFormat, _ file: MappedFile, root: PickleValue, _ heap: PickleHeap,
    storages: [Range<Int>]
  ) throws(CheckpointError) -> TensorDirectory {
    var directory = TensorDirectory(format: format)
    for named in try heap.namedTensors(below: root, path: file.path) {
      switch named.value {
      case .tensor(let index):
        let tensor = heap.tensors[index]
        do throws(StoredTensor.LayoutFault) {
          directory.add(
            named.name,
            .tensor(
              try StoredTensor(
                file: file, type: heap.storages[tensor.storage].type,
                storage: storages[tensor.storage], offset: tensor.offset, shape: tensor.shape,
                strides: tensor.strides)))
        } catch {
          throw .malformed(
            path: file.path, offset: storages[tensor.storage].lowerBound,
            what: "tensor “\(named.name)”: \(error.what)")
        }
      case .opaque(let what): directory.add(named.name, .unreadable("is \(what), not a tensor"))
      default: break
      }
    }
    return directory
  }
}
