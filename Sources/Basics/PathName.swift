internal import Glibc

/// A path as the system knows it: bytes, which need not be UTF-8.
public struct PathName: Equatable, Hashable, Sendable {
  /// Without the terminating zero.
  public let bytes: [UInt8]

  /// A path of these bytes.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A path of a text's UTF-8.
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// Arguments of the command line, in their order.
  ///
  /// What is not UTF-8 in a name comes as U+FFFD: such names are taken from where the system keeps
  /// their bytes.
  public static func arguments(_ texts: [String]) -> [PathName] {
    guard texts.contains(where: { $0.unicodeScalars.contains("\u{FFFD}") }) else {
      return texts.map { PathName($0) }
    }
    var given = (1..<Int(CommandLine.argc)).compactMap { index in
      unsafe CommandLine.unsafeArgv[index].map { argument in
        unsafe PathName((0..<strlen(argument)).map { unsafe UInt8(bitPattern: argument[$0]) })
      }
    }
    return texts.map { text in
      guard let index = given.firstIndex(where: { $0.text.utf8.elementsEqual(text.utf8) }) else {
        return PathName(text)
      }
      return given.remove(at: index)
    }
  }

  /// For people and records; what is not UTF-8 becomes U+FFFD.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The entry `name` of this folder.
  public func appending(_ name: [UInt8]) -> PathName {
    PathName(bytes.last == UInt8(ascii: "/") ? bytes + name : bytes + [UInt8(ascii: "/")] + name)
  }

  /// The last component; empty for `/`.
  public var name: String {
    String(decoding: bytes.split(separator: UInt8(ascii: "/")).last ?? [], as: UTF8.self)
  }

  /// Calls `body` with the path as a C string.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe terminated.withUnsafeBufferPointer { buffer in
      // An array with an element has an address.
      guard let base = buffer.baseAddress else { preconditionFailure("a path without its end") }
      return unsafe body(base)
    }
  }
}

extension PathName: Comparable {
  /// Natural order: runs of digits compare as numbers (img2 before img10), letters without case.
  public static func < (left: PathName, right: PathName) -> Bool {
    let a = left.bytes
    let b = right.bytes
    var i = 0
    var j = 0
    while i < a.count && j < b.count {
      if isDigit(a[i]) && isDigit(b[j]) {
        let first = digits(a, from: &i)
        let second = digits(b, from: &j)
        if first.count != second.count { return first.count < second.count }
        if first != second { return first.lexicographicallyPrecedes(second) }
      } else {
        let first = lowercase(a[i])
        let second = lowercase(b[j])
        if first != second { return first < second }
        i += 1
        j += 1
      }
    }
    if i < a.count || j < b.count { return j < b.count }
    // Equal but for case or leading zeros: any fixed order will do.
    return a.lexicographicallyPrecedes(b)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func lowercase(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  /// The run of digits at `index` without leading zeros; moves past it.
  private static func digits(_ bytes: [UInt8], from index: inout Int) -> ArraySlice<UInt8> {
    let start = index
    while index < bytes.count && isDigit(bytes[index]) { index += 1 }
    return bytes[start..<index].drop { $0 == UInt8(ascii: "0") }
  }
}
