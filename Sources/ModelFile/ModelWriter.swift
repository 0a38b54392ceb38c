import FoundationEssentials
import Glibc

/// Writes a model file beside its final place and moves it there when it is complete.
///
/// Tensors are packed and written as they come, so that a writer never holds more than one. Until
/// ``commit()`` the final path is untouched, and a writer that is dropped removes what it wrote.
public struct ModelWriter: ~Copyable {
  /// Where the file is until it is committed; complete and readable after ``finish(_:)``.
  public let temporaryPath: String
  /// Where the file will be.
  public let path: String

  // int8 weights look random to zstd: levels 3, 6 and 9 make a ViT-B/16 of random weights smaller by
  // nothing and the default model by 0.3 %, and take up to seven times as long to pack
  // (tools/bench/compression).
  private static let compressionLevel: Int32 = 1

  private let descriptor: Int32
  private var end = UInt64(Header.size)
  private var entries: [TensorEntry] = []
  private var isCommitted = false

  /// Creates an empty file beside `path`.
  public init(path: String) throws(ModelFileError) {
    self.path = path
    temporaryPath = "\(path).\(getpid()).partial"
    descriptor = unsafe open(temporaryPath, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw .system(call: "open", path: temporaryPath, code: errno)
    }
  }

  deinit {
    close(descriptor)
    if !isCommitted { unsafe unlink(temporaryPath) }
  }

  /// Appends a tensor.
  ///
  /// - Precondition: `bytes` has as many bytes as `shape` and `type` say, and the name is new.
  public mutating func add(
    _ name: String, _ type: DataType, shape: [Int], bytes: RawSpan
  ) throws(ModelFileError) {
    precondition(bytes.byteCount == shape.reduce(type.size, *), "\(name): bytes and shape differ")
    precondition(!entries.contains { $0.name == name }, "\(name) written twice")
    let part = try append(bytes)
    entries.append(
      TensorEntry(
        name: name, dtype: type.rawValue, shape: shape, offset: Int(part.offset),
        compressedLength: Int(part.compressedLength), length: Int(part.length),
        checksum: hexadecimal(part.checksum)))
  }

  /// Appends a float tensor.
  ///
  /// - Throws: ``ModelFileError/notFinite(_:)``, or what writing throws.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Float]
  ) throws(ModelFileError) {
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
    try unsafe add(name, .float32, shape: shape, bytes: values.span.bytes)
  }

  /// Appends an int8 tensor.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Int8]
  ) throws(ModelFileError) {
    try unsafe add(name, .int8, shape: shape, bytes: values.span.bytes)
  }

  /// Appends a tensor of another model.
  ///
  /// - Throws: what reading and writing throw; a tensor that the other model does not have.
  public mutating func copy(_ name: String, of model: ModelReader) throws(ModelFileError) {
    guard let entry = model.entry(name), let type = entry.dataType else {
      throw .missingTensor(name)
    }
    var decoder = FrameDecoder()
    var values = [UInt8](repeating: 0, count: entry.length)
    var span = values.mutableSpan
    var bytes = unsafe span.mutableBytes
    try model.read(name, into: &bytes, with: &decoder)
    try unsafe add(name, type, shape: entry.shape, bytes: values.span.bytes)
  }

  /// Writes manifest, directory and header, which completes the file at ``temporaryPath``.
  ///
  /// May be called again to replace the manifest, for instance by one with the results of a check.
  ///
  /// - Precondition: the tensors are those that the manifest asks for.
  public func finish(_ manifest: Manifest) throws(ModelFileError) {
    try manifest.validate()
    for wanted in manifest.tensors {
      let entry = entries.first { $0.name == wanted.name }
      precondition(
        entry.map { $0.dtype == wanted.dataType.rawValue && $0.shape == wanted.shape }
          ?? !wanted.isRequired,
        "\(wanted.name) is missing or not \(wanted.dataType.rawValue) \(wanted.shape)")
    }
    let manifestPart = try write(json(manifest), at: end)
    let directoryPart = try write(
      json(entries), at: manifestPart.offset + manifestPart.compressedLength)
    let fileLength = directoryPart.offset + directoryPart.compressedLength
    let header = Header(
      fileLength: fileLength,
      unpackedLength: entries.reduce(manifestPart.length + directoryPart.length) {
        $0 + UInt64($1.length)
      },
      manifest: manifestPart, directory: directoryPart)
    try unsafe write(header.encoded().span.bytes, at: 0)
    try check(ftruncate(descriptor, off_t(fileLength)), "ftruncate")
    try check(fsync(descriptor), "fsync")
  }

  /// Moves the finished file to its place.
  public mutating func commit() throws(ModelFileError) {
    try check(unsafe rename(temporaryPath, path), "rename")
    isCommitted = true
    // The new name lasts only once its folder is on disk. Some file systems cannot sync folders:
    // the file itself is safe then, and there is nothing better to do.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  private mutating func append(_ bytes: RawSpan) throws(ModelFileError) -> Header.Part {
    let part = try write(frame: bytes, at: end)
    end = part.offset + part.compressedLength
    return part
  }

  private func write(_ json: [UInt8], at end: UInt64) throws(ModelFileError) -> Header.Part {
    try unsafe write(frame: json.span.bytes, at: end)
  }

  /// Writes zeros from `end` up to the next part's place, then the frame.
  private func write(frame bytes: RawSpan, at end: UInt64) throws(ModelFileError) -> Header.Part {
    let packed = zstdFrame(bytes, level: Self.compressionLevel)
    let offset = aligned(end)
    try unsafe write([UInt8](repeating: 0, count: Int(offset - end)).span.bytes, at: end)
    try unsafe write(packed.span.bytes, at: offset)
    return Header.Part(
      offset: offset, compressedLength: UInt64(packed.count), length: UInt64(bytes.byteCount),
      checksum: unsafe Checksum.xxh64(packed.span.bytes))
  }

  private func write(_ bytes: RawSpan, at offset: UInt64) throws(ModelFileError) {
    var written = 0
    while written < bytes.byteCount {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe pwrite(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written,
          off_t(offset) + off_t(written))
      }
      if count < 0 {
        guard errno == EINTR else {
          throw .system(call: "pwrite", path: temporaryPath, code: errno)
        }
      } else {
        written += count
      }
    }
  }

  private func check(_ result: Int32, _ call: String) throws(ModelFileError) {
    guard result == 0 else { throw .system(call: call, path: temporaryPath, code: errno) }
  }

  private func json(_ value: some Encodable) throws(ModelFileError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return [UInt8](try encoder.encode(value))
    } catch {
      throw .invalidManifest("\(error)")
    }
  }
}
