/// The block before a member of a tar archive.
struct TarHeader {
  static let length = 512

  /// What a member is.
  enum Kind {
    case file
    case hardLink
    case symbolicLink
    /// A file of GNU's that has holes.
    case sparse
    /// The next member's name, of GNU's.
    case longName
    /// What is said of the next member.
    case pax
    /// What is said of all members, or of where a link leads to.
    case aside
    /// A folder, a device.
    case other
  }

  let kind: Kind
  let path: [UInt8]
  /// As it is stated; not all kinds have bytes behind the header.
  let size: Int
  let hasData: Bool
  /// Whether a block with further holes follows.
  let isExtended: Bool

  /// Reads a header; nil of what is none.
  init?(_ block: [UInt8]) {
    guard block.count == Self.length, Self.hasItsSum(block),
      let size = Self.number(block[124..<136])
    else { return nil }
    self.size = size
    let isPOSIX = block[257..<263].elementsEqual(Array("ustar\0".utf8))
    let name = Self.text(block[0..<100])
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    path = prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    switch block[156] {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): kind = .file
    case UInt8(ascii: "1"): kind = .hardLink
    case UInt8(ascii: "2"): kind = .symbolicLink
    case UInt8(ascii: "S"): kind = .sparse
    case UInt8(ascii: "L"): kind = .longName
    case UInt8(ascii: "x"), UInt8(ascii: "X"): kind = .pax
    case UInt8(ascii: "K"), UInt8(ascii: "g"): kind = .aside
    default: kind = .other
    }
    // Links, devices, folders, pipes and labels of tapes may state a size that nothing has.
    hasData = !Array("123456V".utf8).contains(block[156])
    isExtended = block[156] == UInt8(ascii: "S") && block[482] != 0
  }

  /// Whether the bytes add up to what the header says, as signed or unsigned ones.
  private static func hasItsSum(_ block: [UInt8]) -> Bool {
    guard let stated = number(block[148..<156]) else { return false }
    var (unsigned, signed) = (0, 0)
    for (index, byte) in block.enumerated() {
      let counted = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
      unsigned += Int(counted)
      signed += Int(Int8(bitPattern: counted))
    }
    return stated == unsigned || stated == signed
  }

  /// Up to the first zero.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
    Array(field.prefix { $0 != 0 })
  }

  /// A number of 0 or more in octal digits or, of GNU's, in bytes behind a set bit; nil of what is none.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first else { return nil }
    if first == 0x80 {
      var value = 0
      for byte in field.dropFirst() {
        guard value <= Int.max >> 8 else { return nil }
        value = value << 8 | Int(byte)
      }
      return value
    }
    let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix {
      $0 != 0 && $0 != UInt8(ascii: " ")
    }
    var value = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digit), value <= Int.max >> 3 else {
        return nil
      }
      value = value << 3 | Int(digit - UInt8(ascii: "0"))
    }
    return value
  }
}

/// What headers before a member say of it.
struct ExtendedHeader {
  private(set) var path: [UInt8]?
  private(set) var size: Int?
  private(set) var isSparse = false
  private(set) var isPax = false

  /// Takes what such a header holds; false when it is not well formed.
  mutating func take(_ bytes: [UInt8], _ kind: TarHeader.Kind) -> Bool {
    guard kind == .pax else {
      path = Array(bytes.prefix { $0 != 0 })
      return true
    }
    isPax = true
    var rest = bytes[...]
    // Some writers fill up with zeros.
    while let first = rest.first, first != 0 {
      guard let record = Self.record(&rest), let equals = record.firstIndex(of: UInt8(ascii: "="))
      else { return false }
      let value = record[(equals + 1)...]
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": path = Array(value)
      case "GNU.sparse.name":
        path = Array(value)
        isSparse = true
      case "size":
        guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else {
          return false
        }
        size = number
      case let key where key.hasPrefix("GNU.sparse."): isSparse = true
      default: break
      }
    }
    return true
  }

  /// A record, as `20 path=photos/a.jpg` and a line feed, the number being its length, without that and the line feed.
  private static func record(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let space = bytes.prefix(20).firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: bytes[..<space], as: UTF8.self)),
      length > space + 1 - bytes.startIndex, length <= bytes.count
    else { return nil }
    let end = bytes.startIndex + length
    guard bytes[end - 1] == UInt8(ascii: "\n") else { return nil }
    defer { bytes = bytes[end...] }
    return bytes[(space + 1)..<(end - 1)]
  }
}
