/// The topics of a device: `mmrl/NAME/...`, and of each of its sources `mmrl/NAME/SOURCE/...`.
package struct Topics: Sendable, Equatable {
  /// What is published of a source.
  package enum Kind: String, Sendable, CaseIterable {
    /// The label that is the answer now, or `unknown`.
    case state
    /// The record as JSON.
    case result
    /// How probable the answer is.
    case score
    /// `ON` while no frames can come.
    case problem
    /// A JPEG file.
    case image
    /// Changes of the answer as JSON; the only one that is not retained.
    case event
  }

  /// The device's name, which is safe in topics.
  package let name: String
  /// The sources' names in topics, all different.
  package let sources: [String]

  /// Longer names are cut.
  static let nameLimit = 64

  /// Topics of a device and its sources, whatever the sources' names are.
  ///
  /// - Parameters:
  ///   - name: of the device, of which ``isName(_:)`` is true.
  ///   - sources: names for people.
  ///   - chosen: for each source the name that stands in topics as it is, of which ``isName(_:)`` is true and which no other
  ///     has; nil for one made of its name.
  package init(name: String, sources: [String], chosen: [String?] = []) {
    precondition(Self.isName(name), "a device's name is safe in topics")
    precondition(chosen.allSatisfy { $0.map(Self.isName) ?? true })
    self.name = name
    let chosen = sources.indices.map { $0 < chosen.count ? chosen[$0] : nil }
    self.sources = Self.distinct(sources, chosen)
  }

  /// `mmrl/NAME`.
  package var base: String { "mmrl/\(name)" }
  /// `online` or `offline`.
  package var status: String { "\(base)/status" }
  /// What others may ask for.
  package var command: String { "\(base)/command" }

  /// A topic of a source, by its index.
  package func topic(_ kind: Kind, of source: Int) -> String {
    "\(base)/\(sources[source])/\(kind.rawValue)"
  }

  /// Whether a name can stand in topics, and in Home Assistant's identifiers, as it is.
  package static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= nameLimit && text.utf8.allSatisfy(isPlain)
  }

  /// A name for topics out of any name: small letters, digits, `-` and `_`; `fallback` where nothing of it is left.
  package static func slug(_ text: String, fallback: String) -> String {
    var bytes: [UInt8] = []
    for byte in text.lowercased().utf8 {
      if isPlain(byte), byte != UInt8(ascii: "-") {
        bytes.append(byte)
      } else if let last = bytes.last, last != UInt8(ascii: "-") {
        bytes.append(UInt8(ascii: "-"))
      }
    }
    if bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
    guard !bytes.isEmpty else { return "\(fallback)-\(mark(of: text))" }
    guard bytes.count > nameLimit else { return String(decoding: bytes, as: UTF8.self) }
    // What is cut may be all that tells it from another one.
    return marked(String(decoding: bytes, as: UTF8.self), text)
  }

  /// Names for topics that are all different; one that would be another's is told apart by a mark of its own text, so that
  /// it stays the same wherever it stands in the list.
  private static func distinct(_ names: [String], _ chosen: [String?]) -> [String] {
    var taken = Set(chosen.compactMap(\.self))
    return zip(names, chosen).map { name, chosen in
      if let chosen { return chosen }
      let plain = slug(name, fallback: "source")
      var candidate = plain
      if taken.contains(candidate) { candidate = marked(plain, name) }
      // The very same name again.
      var count = 2
      while !taken.insert(candidate).inserted {
        candidate = "\(marked(plain, name))-\(count)"
        count += 1
      }
      return candidate
    }
  }

  private static func marked(_ slug: String, _ text: String) -> String {
    "\(slug.prefix(nameLimit - 9))-\(mark(of: text))"
  }

  /// 32 bits of a text in hexadecimal, by FNV-1a.
  private static func mark(of text: String) -> String {
    let hash = text.utf8.reduce(UInt32(0x811C_9DC5)) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Whether a byte is a letter, a digit, `-` or `_` of ASCII.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
