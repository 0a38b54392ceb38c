// What String compares and hashes by; Foundation, too, takes it from there. FoundationEssentials exports no normal form.
@_spi(_Unicode) import Swift

/// Unicode's normal forms.
enum Normalization {
  /// Canonically composed (NFC).
  static func composed(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains(where: { $0.value >= 0x300 }) else { return text }
    var string = String.UnicodeScalarView()
    string.append(contentsOf: text)
    return Array(String(string)._nfc)
  }
}
