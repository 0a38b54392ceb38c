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

  /// Splits cleaned text; OpenAI's pattern ignores case, which matters to contractions alone.
  static func split(_ scalars: [Unicode.Scalar], ignoresCase: Bool) -> [Piece] {
    var pieces: [Piece] = []
    var position = 0
    func matches(
      _ literal: String, folding fold: (Unicode.Scalar) -> Unicode.Scalar = { $0 }
    ) -> Bool {
      scalars[position...].starts(with: literal.unicodeScalars) { fold($0) == $1 }
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
      let contraction = contractions.first {
        ignoresCase ? matches($0, folding: fold) : matches($0)
      }
      if let contraction {
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

  /// The letter of a contraction that a letter stands for where case is ignored: the long s is one, too.
  private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "A"..."Z": Unicode.Scalar(scalar.value + 32) ?? scalar
    case "ſ": "s"
    default: scalar
    }
  }

  private static func kind(_ scalar: Unicode.Scalar) -> Kind {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
