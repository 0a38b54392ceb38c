import Basics
import FoundationEssentials

/// Writes a model file beside its final place and moves it there when it is complete.
///
/// Tensors are packed and written as they come, so that a writer never holds more than one. Until
/// ``commit()`` the final path is untouched, and a writer that is dropped removes what it wrote.
public struct ModelWriter: ~Copyable {
  /// Where the file is until it is committed; complete and readable after ``finish(_:)``.
  public var temporaryPath: String { file.temporaryPath }
  /// Where the file will be.
  public var path: String { file.path }

  // int8 weights look random to zstd: levels 3, 6 and 9 make a ViT-B/16 of random weights smaller by
  // nothing and the default model by 0.3 %, and take up to seven times as long to pack
  // (tools/bench/compression).
  private static let compressionLevel: Int32 = 1

  private var file: ReplacementFile
  private var end: UInt64
  private var entries: [TensorEntry]

  /// Creates an empty file beside `path`.
  public init(path: String) throws(ModelFileError) {
    do throws(SystemError) {
      file = try ReplacementFile(for: path)
    } catch {
      throw .system(call: "open", path: path, code: error.code)
    }
    // Not where they are declared: Swift 6.2 crashes when `init` throws with some fields set.
    end = UInt64(Header.size)
    entries = []
  }

  /// Appends a tensor.
  ///
  /// - Precondition: `bytes` has as many bytes as `shape` and `type` say, and the name is new.
  public mutating func add(
    _ name: String, _ type: DataType, shape: [Int], bytes: RawSpan
  ) throws(ModelFileError) {
    precondition(bytes.byteCount == shape.reduce(type.size, *), "\(name): bytes and shape differ")
    let frame = zstdFrame(bytes, level: Self.compressionLevel)
    try append(name, type.rawValue, shape: shape, frame: frame, of: bytes.byteCount)
  }

  /// Appends a float tensor.
  ///
  /// - Throws: ``ModelFileError/notFinite(_:)``, or what writing throws.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Float]
  ) throws(ModelFileError) {
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
    try add(name, .float32, shape: shape, bytes: RawSpan(_elements: values.span))
  }

  /// Appends an int8 tensor.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Int8]
  ) throws(ModelFileError) {
    try add(name, .int8, shape: shape, bytes: RawSpan(_elements: values.span))
  }

  /// Appends a tensor of 32-bit integers.
  public mutating func add(
    _ name: String, shape: [Int], _ values: [Int32]
  ) throws(ModelFileError) {
    try add(name, .int32, shape: shape, bytes: RawSpan(_elements: values.span))
  }

  /// Appends a tensor of another model as it lies there: packed, its checksum checked.
  ///
  /// - Throws: what reading and writing throw; a tensor that the other model does not have.
  /// - Precondition: the name is new.
  public mutating func copy(_ name: String, of model: ModelReader) throws(ModelFileError) {
    guard let entry = model.entry(name) else { throw .missingTensor(name) }
    try append(
      name, entry.dtype, shape: entry.shape, frame: model.frame(entry), of: entry.length)
  }

  private mutating func append(
    _ name: String, _ dtype: String, shape: [Int], frame: [UInt8], of length: Int
  ) throws(ModelFileError) {
    precondition(!entries.contains { $0.name == name }, "\(name) written twice")
    let part = try write(frame: frame, of: length, at: end)
    end = part.offset + part.compressedLength
    entries.append(
      TensorEntry(
        name: name, dtype: dtype, shape: shape, offset: Int(part.offset),
        compressedLength: Int(part.compressedLength), length: length,
        checksum: hexadecimal(part.checksum)))
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
      version: manifest.preprocessing.region == nil ? Header.usualVersion : Header.newestVersion,
      fileLength: fileLength,
      unpackedLength: entries.reduce(manifestPart.length + directoryPart.length) {
        $0 + UInt64($1.length)
      },
      manifest: manifestPart, directory: directoryPart)
    let bytes = header.encoded()
    do throws(SystemError) {
      try file.write(RawSpan(_elements: bytes.span), at: 0)
      try file.truncate(to: Int(fileLength))
    } catch {
      throw .system(call: "write", path: path, code: error.code)
    }
  }

  /// Moves the finished file to its place.
  public mutating func commit() throws(ModelFileError) {
    do throws(SystemError) {
      try file.commit()
    } catch {
      throw .system(call: "rename", path: path, code: error.code)
    }
  }

  private func write(_ json: [UInt8], at end: UInt64) throws(ModelFileError) -> Header.Part {
    let frame = zstdFrame(RawSpan(_elements: json.span), level: Self.compressionLevel)
    return try write(frame: frame, of: json.count, at: end)
  }

  /// Writes zeros from `end` up to the next part's place, then the frame of `length` bytes.
  private func write(
    frame: [UInt8], of length: Int, at end: UInt64
  ) throws(ModelFileError) -> Header.Part {
    let offset = aligned(end)
    let bytes = RawSpan(_elements: frame.span)
    do throws(SystemError) {
      let gap = [UInt8](repeating: 0, count: Int(offset - end))
      try file.write(RawSpan(_elements: gap.span), at: Int(end))
      try file.write(bytes, at: Int(offset))
    } catch {
      throw .system(call: "write", path: path, code: error.code)
    }
    return Header.Part(
      offset: offset, compressedLength: UInt64(frame.count), length: UInt64(length),
      checksum: Checksum.xxh64(bytes))
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
