package import Classification

/// What a kept picture is called: its time, so that names sort by it, its source and its number.
///
/// Labels are no part of it: they are whatever a user wrote.
package struct SavedName: Hashable, Sendable {
  /// Without the file's ending.
  package let text: String
  var jpeg: String { text + ".jpg" }
  var json: String { text + ".json" }

  /// The longest part that names a source.
  private static let sourceLength = 40

  /// The name of a frame; `copy` tells it from others that would have the same one.
  init(time: WallTime, source: String, sequence: Int, copy: Int = 1) {
    let moment = time.text.replacing(":", with: "-")
    let number = copy > 1 ? "\(sequence)-\(copy)" : "\(sequence)"
    text = "\(moment)_\(Self.slug(source))_\(number)"
  }

  /// A name of this kind; nil for any other text, whatever may be said by it.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "_", omittingEmptySubsequences: false)
    guard parts.count == 3, Self.time(parts[0]) != nil,
      !parts[1].isEmpty, parts[1].utf8.allSatisfy({ Self.isPlain($0) || $0 == Self.dash }),
      parts[1].utf8.count <= Self.sourceLength, Self.isNumber(parts[2])
    else { return nil }
    self.text = String(text)
  }

  /// The name that a file's name has before its ending, and the ending.
  static func parts(ofFile name: String) -> (name: SavedName, ending: Substring)? {
    // The first dot is that of the milliseconds.
    guard let dot = name.dropFirst(momentLength).firstIndex(of: ".") else { return nil }
    return SavedName(name[..<dot]).map { ($0, name[name.index(after: dot)...]) }
  }

  /// When the picture was taken; a name has that.
  package var time: WallTime {
    Self.time(text.prefix(Self.momentLength)) ?? WallTime(nanoseconds: 0)
  }

  private static let momentLength = 24

  private static let dash = UInt8(ascii: "-")

  private static func time(_ text: some StringProtocol) -> WallTime? {
    let characters = Array(text)
    let colons = [13, 16]
    guard characters.count == momentLength, colons.allSatisfy({ characters[$0] == "-" })
    else { return nil }
    return WallTime(
      text: String(characters.indices.map { colons.contains($0) ? ":" : characters[$0] }))
  }

  private static func isNumber(_ text: some StringProtocol) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        (1...20).contains(part.utf8.count) && part.utf8.allSatisfy(isDigit)
      }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  /// A source's name in small letters, digits and dashes; of an address or a path, its end tells most.
  private static func slug(_ source: String) -> String {
    var bytes: [UInt8] = []
    for byte in source.lowercased().utf8 {
      if isPlain(byte) {
        bytes.append(byte)
      } else if let last = bytes.last, last != dash {
        bytes.append(dash)
      }
    }
    let end = bytes.suffix(sourceLength).drop { $0 == dash }
    let slug = end.last == dash ? end.dropLast() : end
    return slug.isEmpty ? "source" : String(decoding: slug, as: UTF8.self)
  }
}
