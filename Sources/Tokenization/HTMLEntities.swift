/// Character references of HTML 5: numbers and names.
enum HTMLEntities {
  /// Decodes as HTML's standard and Python's `html.unescape` do: the longest name counts where a semicolon is missing.
  static func decode(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacingReferences(in: text) { rest in
      if rest.first == "#" { return number(rest.dropFirst()) }
      let name = rest.prefix(longestName).prefix { !endsName.contains($0) }
      let end = name.endIndex
      if rest[end...].first == ";", let found = names[string(name)] { return (found.text, end + 1) }
      var count = name.count
      while count > 1 {
        if let found = names[string(name.prefix(count))], found.needsNoSemicolon {
          return (found.text, name.startIndex + count)
        }
        count -= 1
      }
      return nil
    }
  }

  /// Decodes what is beyond doubt, as `ftfy.fixes.unescape_html` does: names and numbers with their semicolons, names also when
  /// they are written in capitals, for a character in capitals.
  static func decodeCertain(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
    replacingReferences(in: text) { rest in
      if rest.first == "#" {
        guard let found = number(rest.dropFirst()), rest[found.end - 1] == ";", found.text != [";"]
        else { return nil }
        return found.end - rest.startIndex <= longestCertain + 2 ? found : nil
      }
      let name = rest.prefix(longestCertain + 1).prefix(while: isASCIIAlphanumeric)
      guard (1...longestCertain).contains(name.count), rest[name.endIndex...].first == ";" else {
        return nil
      }
      let key = string(name)
      if let found = names[key] { return (found.text, name.endIndex + 1) }
      guard key == key.uppercased(), let found = names[key.lowercased()],
        decode(["&"] + name + [";"]) == ["&"] + name + [";"]
      else { return nil }
      let capitals = string(found.text[...]).uppercased()
      return (Array(capitals.unicodeScalars), name.endIndex + 1)
    }
  }

  /// What a reference stands for, and where the text goes on behind it.
  private typealias Reference = (text: [Unicode.Scalar], end: Int)

  /// Asks for each ampersand what the text behind it refers to.
  private static func replacingReferences(
    in text: [Unicode.Scalar], _ reference: (ArraySlice<Unicode.Scalar>) -> Reference?
  ) -> [Unicode.Scalar] {
    guard text.contains("&") else { return text }
    var result: [Unicode.Scalar] = []
    var place = 0
    while place < text.count {
      if text[place] == "&", let found = reference(text[(place + 1)...]) {
        result += found.text
        place = found.end
      } else {
        result.append(text[place])
        place += 1
      }
    }
    return result
  }

  private static func number(_ text: ArraySlice<Unicode.Scalar>) -> Reference? {
    let isHexadecimal = text.first == "x" || text.first == "X"
    let digits = (isHexadecimal ? text.dropFirst() : text).prefix {
      isASCIIAlphanumeric($0) && $0.properties.isASCIIHexDigit
        && (isHexadecimal || ("0"..."9").contains($0))
    }
    guard !digits.isEmpty else { return nil }
    let end = digits.endIndex + (text[digits.endIndex...].first == ";" ? 1 : 0)
    // What is too large for a UInt32 is no character either.
    let value = UInt32(string(digits), radix: isHexadecimal ? 16 : 10) ?? .max
    return (character(value), end)
  }

  /// As HTML's standard reads a number: those of Windows-1252 are taken for it, what is no character is left out or marked.
  private static func character(_ value: UInt32) -> [Unicode.Scalar] {
    switch value {
    case 0: ["\u{fffd}"]
    case 0x80...0x9f: [windows1252(value)]
    case 1...8, 0xb, 0xe...0x1f, 0x7f, 0xfdd0...0xfdef: []
    default:
      if value & 0xfffe == 0xfffe, value <= 0x10ffff {
        []
      } else {
        [Unicode.Scalar(value) ?? "\u{fffd}"]
      }
    }
  }

  /// What Windows-1252 has in the place of a control character of U+0080 to U+009F; itself where it has nothing.
  static func windows1252(_ value: UInt32) -> Unicode.Scalar {
    let found = windows1252Characters[Int(value - 0x80)]
    return found == "\u{fffd}" ? Unicode.Scalar(value) ?? found : found
  }

  private static let windows1252Characters: [Unicode.Scalar] = Array(
    """
    €\u{fffd}‚ƒ„…†‡ˆ‰Š‹Œ\u{fffd}Ž\u{fffd}\u{fffd}‘’“”•–—˜™š›œ\u{fffd}žŸ
    """.unicodeScalars)

  /// As in `CounterClockwiseContourIntegral`.
  private static let longestName = 32
  private static let longestCertain = 24
  private static let endsName: Set<Unicode.Scalar> = ["\t", "\n", "\u{c}", " ", "<", "&", "#", ";"]

  private static func isASCIIAlphanumeric(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "0"..."9", "A"..."Z", "a"..."z": true
    default: false
    }
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private struct Named {
    let text: [Unicode.Scalar]
    let needsNoSemicolon: Bool
  }

  private static let names: [String: Named] = {
    var names: [String: Named] = [:]
    for entry in listed.utf8.split(separator: UInt8(ascii: " ")) {
      let parts = entry.split(separator: UInt8(ascii: "="))
      let isLoose = parts[0].last == UInt8(ascii: "*")
      let text = parts[1].split(separator: UInt8(ascii: "+")).compactMap {
        UInt32(String(Substring($0)), radix: 16).flatMap(Unicode.Scalar.init)
      }
      names[String(Substring(isLoose ? parts[0].dropLast() : parts[0]))] = Named(
        text: text, needsNoSemicolon: isLoose)
    }
    return names
  }()
}
