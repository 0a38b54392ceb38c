/// Splits text into the words that are merged on their own, by CLIP's pattern:
/// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
enum PreTokenizer {
  /// A match of the pattern.
  enum Piece: Equatable {
    case start
    case end
    case word(String)
  }

  private enum Kind { case letter, number, space, other }

  static func split(_ text: String) -> [Piece] {
    let scalars = Array(text.unicodeScalars)
    var pieces: [Piece] = []
    var position = 0
    func matches(_ literal: String) -> Bool {
      scalars[position...].starts(with: literal.unicodeScalars)
    }
    func end(of kind: Kind) -> Int {
      var end = position
      while end < scalars.count, Self.kind(scalars[end]) == kind { end += 1 }
      return end
    }
    while position < scalars.count {
      let next: Int
      let kind = kind(scalars[position])
      if kind == .space {
        position += 1
        continue
      }
      if let (literal, piece) = specials.first(where: { matches($0.literal) }) {
        pieces.append(piece)
        position += literal.unicodeScalars.count
        continue
      }
      if let contraction = contractions.first(where: matches) {
        next = position + contraction.unicodeScalars.count
      } else {
        next = kind == .number ? position + 1 : end(of: kind)
      }
      var word = String.UnicodeScalarView()
      word.append(contentsOf: scalars[position..<next])
      pieces.append(.word(String(word)))
      position = next
    }
    return pieces
  }

  private static let specials: [(literal: String, piece: Piece)] = [
    ("<|startoftext|>", .start), ("<|endoftext|>", .end),
  ]
  private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default:
      // Python's \s also takes the four separators of ASCII, which Unicode does not call white space.
      return scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
        ? .space : .other
    }
  }
}
