import FuzzTarget

@testable import ModelFile

/// Opens a model and reads all its tensors, which takes at most 16 MB.
@Sendable func readModel(_ bytes: [UInt8]) {
  guard let model = try? ModelReader(path: InputFile.path(of: bytes), limit: 16 << 20) else {
    return
  }
  for entry in model.directory {
    switch entry.dataType {
    case .float32: _ = try? model.floats(entry.name)
    case .int8: _ = try? model.int8s(entry.name)
    case .int32: _ = try? model.int32s(entry.name)
    default: _ = try? model.frame(entry)
    }
  }
  _ = try? model.wordFeatures()
}

/// Changes the header, the manifest, the directory or a tensor of a model, and makes its lengths and checksums fit again.
///
/// Else nearly every change would end at a checksum. One of eight leaves them wrong.
@Sendable func mutateModel(_ bytes: [UInt8], longest: Int, dice: inout Dice) -> [UInt8] {
  guard var parts = ModelParts(bytes) else { return [] }
  let room = max(0, longest - bytes.count) / 2
  switch Int.random(in: 0..<8, using: &dice) {
  case 0: return []
  case 1:
    var header = fuzzed(Array(bytes.prefix(Header.size - 8)), room: 0)
    header += [UInt8](repeating: 0, count: max(0, Header.size - 8 - header.count))
    header = Array(header.prefix(Header.size - 8))
    let sum = Checksum.xxh64(RawSpan(_elements: header.span))
    for byte in 0..<8 { header.append(UInt8(truncatingIfNeeded: sum >> (8 * byte))) }
    return header + bytes.dropFirst(Header.size)
  case 2, 3: parts.directory = fuzzed(parts.directory, room: room)
  case 4: parts.tensors = fuzzed(parts.tensors, room: room)
  default: parts.manifest = fuzzed(parts.manifest, room: room)
  }
  return parts.file()
}

/// A model file taken apart: all tensors as they lie in it, and the two texts unpacked.
private struct ModelParts {
  private var header: Header
  /// From behind the header up to the manifest.
  var tensors: [UInt8]
  var manifest: [UInt8]
  var directory: [UInt8]

  init?(_ bytes: [UInt8]) {
    guard let header = try? Header.decode(bytes, available: UInt64(bytes.count)),
      header.manifest.offset >= UInt64(Header.size), header.manifest.offset <= UInt64(bytes.count),
      let manifest = Self.unpacked(header.manifest, in: bytes),
      let directory = Self.unpacked(header.directory, in: bytes)
    else { return nil }
    self.header = header
    self.manifest = manifest
    self.directory = directory
    tensors = Array(bytes[Header.size..<Int(header.manifest.offset)])
  }

  private static func unpacked(_ part: Header.Part, in bytes: [UInt8]) -> [UInt8]? {
    let (end, overflow) = part.offset.addingReportingOverflow(part.compressedLength)
    guard !overflow, end <= UInt64(bytes.count), part.length <= 1 << 20 else { return nil }
    var decoder = FrameDecoder()
    decoder.packed = Array(bytes[Int(part.offset)..<Int(end)])
    var unpacked = [UInt8](repeating: 0, count: Int(part.length))
    var elements = unpacked.mutableSpan
    var destination = MutableRawSpan(_elements: &elements)
    return decoder.unpack(decoder.packed.count, into: &destination) ? unpacked : nil
  }

  /// The file again, with the checksums of the texts and the header.
  func file() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Header.size) + tensors
    var header = header
    let texts = header.manifest.length + header.directory.length
    let (others, overflow) = header.unpackedLength.subtractingReportingOverflow(texts)
    header.manifest = Self.append(manifest, to: &bytes)
    header.directory = Self.append(directory, to: &bytes)
    header.fileLength = UInt64(bytes.count)
    header.unpackedLength =
      (overflow ? 0 : others) &+ header.manifest.length &+ header.directory.length
    return header.encoded() + bytes.dropFirst(Header.size)
  }

  private static func append(_ text: [UInt8], to bytes: inout [UInt8]) -> Header.Part {
    let start = Int(aligned(UInt64(bytes.count)))
    bytes += [UInt8](repeating: 0, count: start - bytes.count)
    let frame = zstdFrame(RawSpan(_elements: text.span), level: 1)
    bytes += frame
    return Header.Part(
      offset: UInt64(start), compressedLength: UInt64(frame.count), length: UInt64(text.count),
      checksum: Checksum.xxh64(RawSpan(_elements: frame.span)))
  }
}
