/// What `ftfy.fix_text` (version 6) does to a text with its default settings: references of HTML, ligatures, wide and narrow
/// forms, curly quotes, line ends, terminal's escapes, control characters, composition (NFC), until nothing changes.
///
/// One thing is left out: text whose UTF-8 was read in another encoding ("cafÃ©") stays as it is.
enum TextRepair {
  static func repair(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard !isPlain(text) else { return text }
    // It goes by lines; from the first with a '<' on, the text is taken for HTML, whose references mean what they say.
    var result: [Unicode.Scalar] = []
    var decodesReferences = true
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: "\n").map { $0 + 1 } ?? text.count
      let line = Array(text[start..<end])
      if line.contains("<") { decodesReferences = false }
      result += repair(line: line, decodesReferences: decodesReferences)
      start = end
    }
    return result
  }

  /// Printing ASCII without references, in which there is nothing to repair.
  private static func isPlain(_ text: [Unicode.Scalar]) -> Bool {
    text.allSatisfy { ("\u{20}"..."\u{7e}").contains($0) && $0 != "&" }
  }

  private static func repair(
    line: [Unicode.Scalar], decodesReferences: Bool
  ) -> [Unicode.Scalar] {
    var text = line
    // Each round decodes one level of references at least, hence ends; the bound is for what nobody has thought of.
    for _ in 0...line.count {
      let before = text
      if decodesReferences { text = HTMLEntities.decodeCertain(text) }
      text = replacingCharacters(in: text)
      text = removingTerminalEscapes(from: text)
      text.removeAll(where: isUnwantedControl)
      text = Normalization.composed(text)
      if text == before { break }
    }
    return text
  }

  private static func replacingCharacters(in text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.count)
    for (index, scalar) in text.enumerated() {
      switch scalar.value {
      case 0x0d:
        if text.dropFirst(index + 1).first != "\n" { result.append("\n") }
      case 0x2028, 0x2029: result.append("\n")
      case 0x80...0x9f:
        // U+0085 in Windows-1252 is an ellipsis.
        result.append(HTMLEntities.windows1252(scalar.value))
      case 0x2bc, 0x2018...0x201b: result.append("'")
      case 0x201c...0x201f: result.append("\"")
      case 0x132...0x1f3, 0xfb00...0xfb06:
        // The letter before n in its ligature is one of the quotes above.
        if let letters = ligatures[scalar] {
          result += letters
        } else {
          result.append(scalar)
        }
      case 0x3000, 0xff01...0xffee: result += ordinaryWidth(scalar)
      default: result.append(scalar)
      }
    }
    return result
  }

  private static let ligatures: [Unicode.Scalar: [Unicode.Scalar]] = [
    "Ĳ": ["I", "J"], "ĳ": ["i", "j"], "ŉ": ["'", "n"], "Ǳ": ["D", "Z"], "ǲ": ["D", "z"],
    "ǳ": ["d", "z"], "Ǆ": ["D", "Ž"], "ǅ": ["D", "ž"], "ǆ": ["d", "ž"], "Ǉ": ["L", "J"],
    "ǈ": ["L", "j"], "ǉ": ["l", "j"], "Ǌ": ["N", "J"], "ǋ": ["N", "j"], "ǌ": ["n", "j"],
    "\u{fb00}": ["f", "f"], "\u{fb01}": ["f", "i"], "\u{fb02}": ["f", "l"],
    "\u{fb03}": ["f", "f", "i"], "\u{fb04}": ["f", "f", "l"], "\u{fb05}": ["ſ", "t"],
    "\u{fb06}": ["s", "t"],
  ]

  /// Of a fullwidth or halfwidth form, the character itself: its compatibility decomposition.
  private static func ordinaryWidth(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
    let value = scalar.value
    switch value {
    case 0x3000: return [" "]
    case 0xff01...0xff5e: return [Unicode.Scalar(value - 0xfee0) ?? scalar]
    case 0xff5f: return ["\u{2985}"]
    case 0xff60: return ["\u{2986}"]
    case 0xff61...0xff9f: return [katakana[Int(value - 0xff61)]]
    case 0xffa0...0xffdc:
      let jamo = hangul[Int(value - 0xffa0)]
      return [jamo == 0 ? scalar : Unicode.Scalar(jamo) ?? scalar]
    case 0xffe0: return ["¢"]
    case 0xffe1: return ["£"]
    case 0xffe2: return ["¬"]
    case 0xffe3: return [" ", "\u{304}"]
    case 0xffe4: return ["¦"]
    case 0xffe5: return ["¥"]
    case 0xffe6: return ["₩"]
    case 0xffe8: return ["│"]
    case 0xffe9...0xffec: return [Unicode.Scalar(0x2190 + value - 0xffe9) ?? scalar]
    case 0xffed: return ["■"]
    case 0xffee: return ["○"]
    default: return [scalar]
    }
  }

  private static let katakana: [Unicode.Scalar] = Array(
    "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309a}"
      .unicodeScalars)

  /// Jamo from U+FFA0 on, 0 where there is none.
  private static let hangul: [UInt16] = [
    0x1160, 0x1100, 0x1101, 0x11aa, 0x1102, 0x11ac, 0x11ad, 0x1103, 0x1104, 0x1105, 0x11b0,
    0x11b1, 0x11b2, 0x11b3, 0x11b4, 0x11b5, 0x111a, 0x1106, 0x1107, 0x1108, 0x1121, 0x1109,
    0x110a, 0x110b, 0x110c, 0x110d, 0x110e, 0x110f, 0x1110, 0x1111, 0x1112, 0, 0, 0, 0x1161,
    0x1162, 0x1163, 0x1164, 0x1165, 0x1166, 0, 0, 0x1167, 0x1168, 0x1169, 0x116a, 0x116b, 0x116c,
    0, 0, 0x116d, 0x116e, 0x116f, 0x1170, 0x1171, 0x1172, 0, 0, 0x1173, 0x1174, 0x1175,
  ]

  /// ESC, `[`, digits and semicolons, a letter.
  private static func removingTerminalEscapes(from text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    guard text.contains("\u{1b}") else { return text }
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      if text[place] == "\u{1b}", text.dropFirst(place + 1).first == "[" {
        let rest = text[(place + 2)...].drop {
          $0 == ";" || $0.properties.generalCategory == .decimalNumber
        }
        if let letter = rest.first, ("A"..."Z").contains(letter) || ("a"..."z").contains(letter) {
          place = rest.startIndex + 1
          continue
        }
      }
      result.append(text[place])
      place += 1
    }
    return result
  }

  private static func isUnwantedControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...8, 0xb, 0xe...0x1f, 0x7f, 0x206a...0x206f, 0xfeff, 0xfff9...0xfffc: true
    default: false
    }
  }
}
