extension StringProtocol {
  /// How many columns of a terminal the text takes.
  ///
  /// A character is what a person sees as one, whatever it is made of: a letter with its accents, a flag, a family.
  /// Terminals differ about emoji that are made of several; this is what those do that draw one picture.
  public var columns: Int {
    // Nearly all text is this, and thousands of paths are measured.
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return utf8.count }
    return reduce(0) { $0 + $1.columns }
  }

  /// The text with spaces behind it, up to `width` columns.
  public func padded(to width: Int) -> String {
    String(self) + String(repeating: " ", count: Swift.max(0, width - columns))
  }

  /// The text with spaces before it, up to `width` columns.
  public func padded(fromLeftTo width: Int) -> String {
    String(repeating: " ", count: Swift.max(0, width - columns)) + String(self)
  }

  /// The text in `width` columns at most, with `…` in place of its middle where it is longer.
  ///
  /// The ends of paths and names tell them apart. A width is at least a column.
  public func shortened(to width: Int) -> String {
    guard columns > width else { return String(self) }
    var (start, end) = ("", "")
    var (startWidth, endWidth) = (0, 0)
    let half = (width - 1) / 2
    for character in self {
      guard startWidth + character.columns <= half else { break }
      start.append(character)
      startWidth += character.columns
    }
    for character in reversed() {
      guard startWidth + 1 + endWidth + character.columns <= width else { break }
      end.insert(character, at: end.startIndex)
      endWidth += character.columns
    }
    return start + "…" + end
  }

  /// The text in `width` columns at most, with `…` in place of its end where it is longer.
  ///
  /// A width is at least a column.
  public func cut(to width: Int) -> String {
    guard columns > width else { return String(self) }
    var (start, startWidth) = ("", 0)
    for character in self {
      guard startWidth + character.columns + 1 <= width else { break }
      start.append(character)
      startWidth += character.columns
    }
    return start + "…"
  }

  /// The text in lines of `width` columns at most, broken between words, those after the first indented; nil is one line.
  ///
  /// What stands before a line's first word stays. A word that is longer than a line is left whole.
  public func wrapped(to width: Int?, indent: Int = 0) -> String {
    guard let width, columns > width else { return String(self) }
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = String(prefix { $0 == " " })
    var hasWords = false
    for word in split(separator: " ") {
      if hasWords, line.columns + 1 + word.columns > width {
        lines.append(line)
        line = margin
        hasWords = false
      }
      line += (hasWords ? " " : "") + word
      hasWords = true
    }
    return (lines + [line]).joined(separator: "\n")
  }
}

extension Character {
  /// How many columns of a terminal the character takes.
  public var columns: Int {
    // A picture, or a sign that is asked to be one, however many pictures it is made of.
    let isPicture = unicodeScalars.contains { scalar in
      scalar.properties.isEmojiPresentation || scalar == "\u{FE0F}"
    }
    return isPicture ? 2 : unicodeScalars.reduce(0) { $0 + $1.columns }
  }
}

extension Unicode.Scalar {
  /// How many columns it takes by itself.
  fileprivate var columns: Int {
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: break
    }
    switch value {
    // Vowels and final consonants of Hangul, which are drawn into the first consonant's two columns.
    case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
    default: return isWide ? 2 : 1
    }
  }

  private var isWide: Bool {
    let runs = WideCharacters.runs
    // The first run that ends at the character or later.
    var (low, high) = (0, runs.count / 2)
    while low < high {
      let middle = (low + high) / 2
      if runs[2 * middle + 1] < value { low = middle + 1 } else { high = middle }
    }
    return low < runs.count / 2 && runs[2 * low] <= value
  }
}
