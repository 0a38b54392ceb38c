/// What in a JPEG file cannot be there by chance: tables and frame headers whose own numbers agree (ITU-T T.81, B.2).
enum JPEGStructure {
  enum Found: Equatable {
    /// The start marker of a picture.
    case picture(Int)
    /// Tables or a frame header, without a start marker before.
    case segment(Int)
  }

  /// The first of either in a range; a picture's own segments do not count.
  static func found(in bytes: Span<UInt8>, _ range: Range<Int>) -> Found? {
    for place in range where bytes[place] == 0xFF {
      if beginsPicture(bytes, at: place) == true { return .picture(place) }
      if isSound(bytes, at: place) == true { return .segment(place) }
    }
    return nil
  }

  /// Whether a picture begins there: a start marker, then segments one after another up to a sound one.
  ///
  /// - Returns: nil when more bytes are needed.
  static func beginsPicture(_ bytes: Span<UInt8>, at start: Int) -> Bool? {
    guard start + 2 <= bytes.count else { return nil }
    guard bytes[start] == 0xFF, bytes[start + 1] == 0xD8 else { return false }
    var place = start + 2
    while true {
      guard place + 4 <= bytes.count else { return nil }
      guard bytes[place] == 0xFF else { return false }
      switch bytes[place + 1] {
      case 0xFF: place += 1
      case 0xE0...0xEF, 0xFE: place += 2 + max(2, length(bytes, place))
      case 0xDD:
        guard length(bytes, place) == 4 else { return false }
        place += 6
      default: return isSound(bytes, at: place)
      }
    }
  }

  /// Whether tables or a frame header stand there; nil when more bytes are needed.
  private static func isSound(_ bytes: Span<UInt8>, at place: Int) -> Bool? {
    guard place + 2 <= bytes.count else { return nil }
    guard bytes[place] == 0xFF, [0xC0, 0xC1, 0xC2, 0xC4, 0xDB].contains(bytes[place + 1]) else {
      return false
    }
    guard place + 22 <= bytes.count else { return nil }
    let (content, first) = (length(bytes, place) - 2, Int(bytes[place + 4]))
    switch bytes[place + 1] {
    case 0xDB:
      let table = first >> 4 == 0 ? 65 : 129
      return first >> 4 <= 1 && first & 15 <= 3 && content % table == 0
        && (1...4).contains(content / table)
    case 0xC4:
      let codes = (5..<21).reduce(0) { $0 + Int(bytes[place + $1]) }
      return first >> 4 <= 1 && first & 15 <= 3 && (1...256).contains(codes)
        && (17 + codes...4 * 273).contains(content)
    default:
      let components = Int(bytes[place + 9])
      return first == 8 && (1...4).contains(components) && content == 6 + 3 * components
    }
  }

  private static func length(_ bytes: Span<UInt8>, _ place: Int) -> Int {
    Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
  }
}
