import Basics
import FoundationEssentials

/// An open model file: its manifest, its directory, and tensors on demand.
///
/// Opening reads header, directory and manifest and checks that every tensor that the manifest asks
/// for is there with the right type, shape and place. Tensors are read and checked one at a time,
/// from as many threads as wanted, each with its own ``FrameDecoder``.
public final class ModelReader: Sendable {
  /// What the model is.
  public let manifest: Manifest
  /// All tensors of the file, in file order; those this version does not know included.
  public let directory: [TensorEntry]
  /// Length of the file, bytes.
  public let fileLength: Int
  /// The same of two files only if their contents are: a hash of the header, which has the checksum of the directory, which has
  /// those of the tensors.
  public let fingerprint: UInt64

  private let file: InputFile
  private let index: [String: Int]

  /// More than any published ViT needs, little enough for a machine that can run one.
  public static let defaultLimit: UInt64 = 8 << 30
  /// So many times its own length a file may unpack to, and ``smallModel`` in any case: weights shrink by half at best, while
  /// a few bytes of nothing but zeros could ask for all memory there is.
  private static let largestRatio: UInt64 = 64
  private static let smallModel: UInt64 = 256 << 20
  // JSON of a manifest with 100,000 long labels is about 10 MB.
  private static let jsonLimit: UInt64 = 64 << 20

  /// Opens a model file.
  ///
  /// - Parameters:
  ///   - path: a regular file.
  ///   - limit: files that would unpack to more bytes are refused, and so are those that would to far more than they are long.
  /// - Throws: what is wrong with the file.
  public init(
    path: String, limit: UInt64 = ModelReader.defaultLimit
  ) throws(ModelFileError) {
    let file = try InputFile(path)
    var head = [UInt8](repeating: 0, count: Int(min(file.length, UInt64(Header.size))))
    try file.read(head.count, at: 0, into: &head)
    let header = try Header.decode(head, available: file.length)
    // A file with holes may state any length: multiplied only where that cannot overflow.
    let allowed = min(limit, max(Self.smallModel, min(file.length, limit) * Self.largestRatio))
    guard header.unpackedLength <= allowed else {
      throw .tooLarge(needed: header.unpackedLength, limit: allowed)
    }
    var decoder = FrameDecoder()
    let directoryBytes = try Self.part(
      header.directory, "directory", of: file, header: header, with: &decoder)
    let directory = try Self.decodeDirectory(directoryBytes)
    let manifestBytes = try Self.part(
      header.manifest, "manifest", of: file, header: header, with: &decoder)
    let manifest = try Self.decodeManifest(manifestBytes)
    try manifest.validate()
    try Self.checkLayout(directory, header: header)
    let index = try Self.index(of: directory)
    for wanted in manifest.tensors {
      guard let position = index[wanted.name] else {
        guard wanted.isRequired else { continue }
        throw .missingTensor(wanted.name)
      }
      let entry = directory[position]
      guard entry.dtype == wanted.dataType.rawValue, entry.shape == wanted.shape else {
        throw .wrongTensor(
          name: wanted.name, expected: formText(wanted.dataType.rawValue, wanted.shape),
          found: entry.form)
      }
    }
    self.manifest = manifest
    self.directory = directory
    self.index = index
    fileLength = Int(file.length)
    fingerprint = Checksum.xxh64(RawSpan(_elements: head.span))
    self.file = file
  }

  /// The directory's line for a tensor, if the file has it.
  public func entry(_ name: String) -> TensorEntry? {
    index[name].map { directory[$0] }
  }

  /// Reads and checks a tensor.
  ///
  /// - Parameters:
  ///   - name: the tensor's name.
  ///   - destination: exactly ``TensorEntry/length`` bytes; what is in them after an error is
  ///     unspecified.
  ///   - decoder: this thread's.
  /// - Throws: ``ModelFileError/missingTensor(_:)``, or what is wrong with the tensor's bytes.
  public func read(
    _ name: String, into destination: inout MutableRawSpan, with decoder: inout FrameDecoder
  ) throws(ModelFileError) {
    guard let entry = entry(name) else { throw .missingTensor(name) }
    precondition(destination.byteCount == entry.length, "buffer of the wrong size for \(name)")
    try Self.unpack(entry.part, "tensor \(name)", of: file, into: &destination, with: &decoder)
  }

  /// The zstd frame of a tensor, its checksum checked, not unpacked.
  func frame(_ entry: TensorEntry) throws(ModelFileError) -> [UInt8] {
    var decoder = FrameDecoder()
    try Self.read(entry.part, "tensor \(entry.name)", of: file, with: &decoder)
    return Array(decoder.packed[..<entry.compressedLength])
  }

  /// A float tensor as an array.
  ///
  /// - Throws: ``ModelFileError/notFinite(_:)``, or what reading throws.
  public func floats(_ name: String) throws(ModelFileError) -> [Float] {
    let values: [Float] = try elements(name, .float32, zero: 0)
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(name) }
    return values
  }

  /// The unit text features of the manifest's everyday words, `[V, E]`; empty without words.
  ///
  /// - Throws: what reading their tensors throws.
  public func wordFeatures() throws(ModelFileError) -> [Float] {
    guard let words = manifest.words else { return [] }
    let weights = try int8s("words.weight")
    let scales = try floats("words.scale")
    let columns = weights.count / words.count
    return weights.indices.map { Float(weights[$0]) * scales[$0 / columns] }
  }

  /// An int8 tensor as an array.
  public func int8s(_ name: String) throws(ModelFileError) -> [Int8] {
    try elements(name, .int8, zero: 0)
  }

  /// A tensor of 32-bit integers as an array.
  public func int32s(_ name: String) throws(ModelFileError) -> [Int32] {
    try elements(name, .int32, zero: 0)
  }

  private func elements<Element: BitwiseCopyable>(
    _ name: String, _ type: DataType, zero: Element
  ) throws(ModelFileError) -> [Element] {
    guard let entry = entry(name) else { throw .missingTensor(name) }
    guard entry.dataType == type else {
      throw .wrongTensor(
        name: name, expected: formText(type.rawValue, entry.shape), found: entry.form)
    }
    var decoder = FrameDecoder()
    var values = [Element](repeating: zero, count: entry.length / type.size)
    var span = values.mutableSpan
    var bytes = MutableRawSpan(_elements: &span)
    try read(name, into: &bytes, with: &decoder)
    return values
  }
}

extension ModelReader {
  /// Reads the manifest's or directory's JSON.
  private static func part(
    _ part: Header.Part, _ what: String, of file: borrowing InputFile, header: Header,
    with decoder: inout FrameDecoder
  ) throws(ModelFileError) -> [UInt8] {
    let (end, overflow) = part.offset.addingReportingOverflow(part.compressedLength)
    guard !overflow, part.offset >= UInt64(Header.size), end <= header.fileLength else {
      throw .corrupt("the \(what) lies outside the file")
    }
    guard part.length <= min(header.unpackedLength, jsonLimit) else {
      throw .corrupt("the \(what)'s length is \(part.length)")
    }
    var json = [UInt8](repeating: 0, count: Int(part.length))
    var span = json.mutableSpan
    var bytes = MutableRawSpan(_elements: &span)
    try unpack(part, what, of: file, into: &bytes, with: &decoder)
    return json
  }

  /// Reads a frame and unpacks it.
  private static func unpack(
    _ part: Header.Part, _ what: String, of file: borrowing InputFile,
    into destination: inout MutableRawSpan, with decoder: inout FrameDecoder
  ) throws(ModelFileError) {
    try read(part, what, of: file, with: &decoder)
    guard decoder.unpack(Int(part.compressedLength), into: &destination) else {
      throw .corrupt("\(what) is not a zstd frame of \(part.length) bytes")
    }
  }

  /// Reads a frame into the decoder, with the zeros up to the next part, and checks both.
  private static func read(
    _ part: Header.Part, _ what: String, of file: borrowing InputFile,
    with decoder: inout FrameDecoder
  ) throws(ModelFileError) {
    let packed = Int(part.compressedLength)
    let end = min(aligned(part.offset + part.compressedLength), file.length)
    let padded = Int(end - part.offset)
    if decoder.packed.count < padded {
      decoder.packed = [UInt8](repeating: 0, count: padded)
    }
    try file.read(padded, at: part.offset, into: &decoder.packed)
    let frame = RawSpan(_elements: decoder.packed.span).extracting(0..<packed)
    guard Checksum.xxh64(frame) == part.checksum else {
      throw .corrupt("the checksum of \(what) does not match")
    }
    guard decoder.packed[packed..<padded].allSatisfy({ $0 == 0 }) else {
      throw .corrupt("bytes between \(what) and the next part are not zero")
    }
  }

  private static func decodeManifest(_ json: [UInt8]) throws(ModelFileError) -> Manifest {
    do {
      return try JSONDecoder().decode(Manifest.self, from: Data(json))
    } catch {
      throw .invalidManifest(DecodingError.reason(error))
    }
  }

  private static func decodeDirectory(_ json: [UInt8]) throws(ModelFileError) -> [TensorEntry] {
    do {
      return try JSONDecoder().decode([TensorEntry].self, from: Data(json))
    } catch {
      throw .corrupt("the directory is not valid: \(DecodingError.reason(error))")
    }
  }

  private static func index(of directory: [TensorEntry]) throws(ModelFileError) -> [String: Int] {
    var index: [String: Int] = [:]
    for (position, entry) in directory.enumerated() {
      guard index.updateValue(position, forKey: entry.name) == nil else {
        throw .corrupt("two tensors named \(entry.name)")
      }
    }
    return index
  }

  /// Checks that the frames follow each other without gap or overlap and that all lengths add up.
  private static func checkLayout(
    _ directory: [TensorEntry], header: Header
  ) throws(ModelFileError) {
    var end = UInt64(Header.size)
    var unpacked: UInt64 = 0
    func follow(_ offset: UInt64, _ packed: UInt64, _ length: UInt64, _ what: String)
      throws(ModelFileError)
    {
      guard offset == aligned(end), packed <= header.fileLength - min(offset, header.fileLength)
      else { throw .corrupt("\(what) is not where the part before it ends") }
      end = offset + packed
      guard length <= header.unpackedLength - unpacked else {
        throw .corrupt("parts unpack to more than the header says")
      }
      unpacked += length
    }
    for entry in directory {
      guard let offset = UInt64(exactly: entry.offset),
        let packed = UInt64(exactly: entry.compressedLength),
        let length = UInt64(exactly: entry.length),
        UInt64(entry.checksum, radix: 16) != nil, length > 0, packed > 0
      else { throw .corrupt("the directory's line of \(entry.name) is not valid") }
      if let type = entry.dataType {
        var size = type.size
        for extent in entry.shape {
          let (product, overflow) = size.multipliedReportingOverflow(by: extent)
          guard extent > 0, !overflow else {
            throw .corrupt("the shape of \(entry.name) is not valid")
          }
          size = product
        }
        guard size == entry.length else {
          throw .corrupt("\(entry.name) of \(entry.form) has \(entry.length) bytes")
        }
      }
      try follow(offset, packed, length, "tensor \(entry.name)")
    }
    let manifest = header.manifest
    try follow(manifest.offset, manifest.compressedLength, manifest.length, "manifest")
    let last = header.directory
    try follow(last.offset, last.compressedLength, last.length, "directory")
    guard end == header.fileLength else {
      throw .corrupt("the file does not end with its directory")
    }
    guard unpacked == header.unpackedLength else {
      throw .corrupt("parts unpack to less than the header says")
    }
  }
}
