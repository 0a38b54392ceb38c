/// Decodes character references in text: numbers, the five of XML, and the names of Latin-1 (HTML 4).
///
/// Names of HTML 5 beyond these stay as they are. As in HTML, those of Latin-1 need no semicolon.
enum HTMLEntities {
  static func decode(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...].dropFirst()
      if let (scalar, end) = reference(rest) {
        result.unicodeScalars.append(scalar)
        rest = rest[end...]
      } else {
        result += "&"
      }
    }
    return result + rest
  }

  /// The character that `text`, behind its ampersand, begins with, and where it goes on.
  private static func reference(_ text: Substring) -> (Unicode.Scalar, Substring.Index)? {
    if text.first == "#" { return number(text.dropFirst()) }
    let name = text.prefix(longestName).prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
    let hasSemicolon = text[name.endIndex...].first == ";"
    if hasSemicolon, let scalar = names[String(name)] ?? (name == "apos" ? "'" : nil) {
      return (scalar, text.index(after: name.endIndex))
    }
    var prefix = name
    while prefix.count > 1 {
      if let scalar = names[String(prefix)] { return (scalar, prefix.endIndex) }
      prefix = prefix.dropLast()
    }
    return nil
  }

  private static func number(_ text: Substring) -> (Unicode.Scalar, Substring.Index)? {
    let isHexadecimal = text.first == "x" || text.first == "X"
    let digits = (isHexadecimal ? text.dropFirst() : text).prefix {
      $0.isASCII && (isHexadecimal ? $0.isHexDigit : $0.isNumber)
    }
    guard let value = UInt32(digits, radix: isHexadecimal ? 16 : 10), value > 0,
      let scalar = Unicode.Scalar(value)
    else { return nil }
    let hasSemicolon = text[digits.endIndex...].first == ";"
    return (scalar, hasSemicolon ? text.index(after: digits.endIndex) : digits.endIndex)
  }

  /// As in `frac14`.
  private static let longestName = 6

  /// The entities of characters 160 to 255, in order, and those of XML.
  private static let names: [String: Unicode.Scalar] = {
    let latin1 =
      "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute"
      + " micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring"
      + " AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml"
      + " times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil"
      + " egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash"
      + " ugrave uacute ucirc uuml yacute thorn yuml"
    var names: [String: Unicode.Scalar] = [
      "amp": "&", "AMP": "&", "lt": "<", "LT": "<", "gt": ">", "GT": ">", "quot": "\"",
      "QUOT": "\"",
    ]
    for (offset, name) in latin1.split(separator: " ").enumerated() {
      names[String(name)] = Unicode.Scalar(UInt8(160 + offset))
    }
    return names
  }()
}
