/// A word that clients must know.
package struct AccessToken: Sendable {
  private let bytes: [UInt8]

  /// Shorter ones could be guessed.
  package static let shortest = 16

  /// Takes a word of printable ASCII without spaces; nil when it is not one, or too short.
  package init?(_ text: String) {
    bytes = Array(text.utf8)
    guard bytes.count >= Self.shortest, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
  }

  /// As it stands in an address behind `?token=`.
  var queryValue: String {
    let plain: Set<UInt8> = Set("-._~".utf8)
    return bytes.map { byte in
      let isPlain =
        Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
      if isPlain || plain.contains(byte) { return String(Unicode.Scalar(byte)) }
      return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }.joined()
  }

  /// Compares in a time that says nothing of where the words differ.
  func matches(_ candidate: String) -> Bool {
    let other = Array(candidate.utf8)
    var difference: UInt8 = other.count == bytes.count ? 0 : 1
    for index in bytes.indices {
      difference |= bytes[index] ^ (index < other.count ? other[index] : 0)
    }
    return difference == 0
  }
}
