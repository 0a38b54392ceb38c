/// The 128 bytes at the start of a model file.
struct Header: Equatable {
  static let size = 128
  /// The newest version; older ones are read too.
  static let newestVersion: UInt32 = 5
  /// The version of a file that has nothing that only the newest can say.
  static let usualVersion: UInt32 = 4
  /// The oldest version that is read.
  static let oldestVersion: UInt32 = 1
  /// Not text, and changed by every transfer that rewrites line ends.
  static let magic: [UInt8] = [0x89, 0x4D, 0x4D, 0x52, 0x4C, 0x0D, 0x0A, 0x1A]
  /// Every part of the file starts at a multiple of this.
  static let alignment = 64

  /// A zstd frame in the file.
  struct Part: Equatable {
    var offset: UInt64
    var compressedLength: UInt64
    var length: UInt64
    var checksum: UInt64
  }

  var version = usualVersion
  var fileLength: UInt64
  /// Sum of the unpacked lengths of all frames.
  var unpackedLength: UInt64
  var manifest: Part
  var directory: Part

  /// The header's bytes, checksum included.
  func encoded() -> [UInt8] {
    var bytes = Self.magic
    bytes.reserveCapacity(Self.size)
    bytes.append(littleEndian: version)
    bytes.append(littleEndian: UInt32(Self.size))
    bytes.append(littleEndian: fileLength)
    bytes.append(littleEndian: unpackedLength)
    for part in [manifest, directory] {
      bytes.append(littleEndian: part.offset)
      bytes.append(littleEndian: part.compressedLength)
      bytes.append(littleEndian: part.length)
      bytes.append(littleEndian: part.checksum)
    }
    bytes += [UInt8](repeating: 0, count: Self.size - 8 - bytes.count)
    bytes.append(littleEndian: Checksum.xxh64(RawSpan(_elements: bytes.span)))
    return bytes
  }

  /// Reads a header; `available` is the length of the whole file.
  static func decode(_ bytes: [UInt8], available: UInt64) throws(ModelFileError) -> Header {
    guard bytes.prefix(8).elementsEqual(magic.prefix(bytes.count)), !bytes.isEmpty else {
      throw .notAModel
    }
    guard bytes.count >= 12 else { throw .truncated(needed: UInt64(size), available: available) }
    let found = bytes.littleEndian(at: 8, as: UInt32.self)
    guard (oldestVersion...newestVersion).contains(found) else {
      throw .unsupportedVersion(found: found, supported: newestVersion)
    }
    guard bytes.count >= size else {
      throw .truncated(needed: UInt64(size), available: available)
    }
    let stored = bytes.littleEndian(at: size - 8, as: UInt64.self)
    let covered = RawSpan(_elements: bytes.span).extracting(0..<size - 8)
    guard Checksum.xxh64(covered) == stored else {
      throw .corrupt("the header's checksum does not match")
    }
    func part(at offset: Int) -> Part {
      Part(
        offset: bytes.littleEndian(at: offset, as: UInt64.self),
        compressedLength: bytes.littleEndian(at: offset + 8, as: UInt64.self),
        length: bytes.littleEndian(at: offset + 16, as: UInt64.self),
        checksum: bytes.littleEndian(at: offset + 24, as: UInt64.self))
    }
    let header = Header(
      version: found, fileLength: bytes.littleEndian(at: 16, as: UInt64.self),
      unpackedLength: bytes.littleEndian(at: 24, as: UInt64.self),
      manifest: part(at: 32), directory: part(at: 64))
    guard bytes.littleEndian(at: 12, as: UInt32.self) == UInt32(size) else {
      throw .corrupt("the header's length is not \(size)")
    }
    guard header.fileLength <= available else {
      throw .truncated(needed: header.fileLength, available: available)
    }
    guard header.fileLength == available else {
      throw .corrupt("\(available - header.fileLength) bytes after the end")
    }
    return header
  }
}

/// The first multiple of the alignment at or above `offset`.
func aligned(_ offset: UInt64) -> UInt64 {
  let mask = UInt64(Header.alignment - 1)
  return (offset + mask) & ~mask
}

extension [UInt8] {
  fileprivate mutating func append<Word: FixedWidthInteger>(littleEndian word: Word) {
    for byte in 0..<Word.bitWidth / 8 {
      append(UInt8(truncatingIfNeeded: word >> (8 * byte)))
    }
  }

  fileprivate func littleEndian<Word: FixedWidthInteger>(at offset: Int, as: Word.Type) -> Word {
    (0..<Word.bitWidth / 8).reduce(0) { $0 | Word(self[offset + $1]) << (8 * $1) }
  }
}
