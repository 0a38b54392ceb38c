/// A YAML file of settings: one document of names, words, lists.
///
/// Anchors, aliases and tags are refused: settings have no use for them, and a few lines of aliases can stand for gigabytes.
package struct YAMLDocument: Sendable, Equatable {
  /// The most bytes of a file.
  package static let longest = 1 << 20
  /// The deepest nesting.
  static let deepest = 16

  /// What it says; nil where it says nothing, or cannot be read.
  package private(set) var root: YAMLNode?
  /// What is wrong; in the file's order.
  package private(set) var faults: [YAMLFault] = []

  /// Reads a file's bytes.
  package init(_ bytes: [UInt8]) {
    guard bytes.count <= Self.longest else {
      faults = [YAMLFault(nil, "it is larger than \(Self.longest >> 20) MB")]
      return
    }
    if let place = Self.firstNonUTF8(bytes) {
      let isUTF16 = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
      faults = [
        YAMLFault(place, isUTF16 ? "it is UTF-16: save it as UTF-8" : "this is not UTF-8")
      ]
      return
    }
    // The mark that some editors put before UTF-8 is no part of the text.
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    let events = EventReader(text)
    do throws(YAMLFault) {
      root = try readDocument(events)
    } catch {
      faults.append(error)
    }
    let start = YAMLNode.Place(line: 0, column: 0)
    faults.sort { ($0.place ?? start) < ($1.place ?? start) }
  }

  private static func firstNonUTF8(_ bytes: [UInt8]) -> YAMLNode.Place? {
    guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
    var (line, column) = (1, 1)
    var decoder = UTF8()
    var rest = bytes.makeIterator()
    while case .scalarValue(let scalar) = decoder.decode(&rest) {
      if scalar == "\n" { (line, column) = (line + 1, 1) } else { column += 1 }
    }
    return .init(line: line, column: column)
  }

  private mutating func readDocument(_ events: EventReader) throws(YAMLFault) -> YAMLNode? {
    var root: YAMLNode?
    while true {
      let event = try events.next()
      switch event.kind {
      case .documentStart where root != nil:
        throw YAMLFault(event.place, "one document is read, and here another one begins")
      case .documentStart, .documentEnd, .other: continue
      case .streamEnd: return root
      default: root = try readNode(event, events, depth: 0)
      }
    }
  }

  private mutating func readNode(
    _ event: EventReader.Event, _ events: EventReader, depth: Int
  ) throws(YAMLFault) -> YAMLNode {
    guard depth < Self.deepest else { throw YAMLFault(event.place, "this is nested too deeply") }
    if let extra = event.extra {
      faults.append(
        YAMLFault(event.place, "\(extra) is not read here: write the value itself"))
    }
    switch event.kind {
    case .scalar(let text, let isPlain):
      return YAMLNode(content: .scalar(text, isPlain: isPlain), place: event.place)
    case .listStart:
      var items: [YAMLNode] = []
      while case let next = try events.next(), next.kind != .listEnd {
        items.append(try readNode(next, events, depth: depth + 1))
      }
      return YAMLNode(content: .list(items), place: event.place)
    case .mappingStart:
      return YAMLNode(
        content: .mapping(try readEntries(events, depth: depth)), place: event.place)
    default: return YAMLNode(content: .nothing, place: event.place)
    }
  }

  private mutating func readEntries(
    _ events: EventReader, depth: Int
  ) throws(YAMLFault) -> [YAMLNode.Entry] {
    var entries: [YAMLNode.Entry] = []
    var lines: [String: Int] = [:]
    while case let next = try events.next(), next.kind != .mappingEnd {
      let key = try readNode(next, events, depth: depth + 1)
      let value = try readNode(try events.next(), events, depth: depth + 1)
      guard case .scalar(let name, _) = key.content else {
        if key.content != .nothing { faults.append(YAMLFault(key.place, "a name is expected")) }
        continue
      }
      if let line = lines[name] {
        faults.append(
          YAMLFault(key.place, "\(name) is here a second time, the first one is in line \(line)"))
        continue
      }
      lines[name] = key.place.line
      entries.append(YAMLNode.Entry(key: name, place: key.place, value: value))
    }
    return entries
  }
}
