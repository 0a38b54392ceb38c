internal import CYAML

/// libyaml's events, one after the other.
@safe final class EventReader {
  /// What comes next in a file.
  struct Event {
    enum Kind: Equatable {
      case scalar(String, isPlain: Bool)
      case listStart, listEnd, mappingStart, mappingEnd
      case documentStart, documentEnd, streamEnd
      case alias
      /// Nothing that says anything.
      case other
    }

    var kind: Kind
    var place: YAMLNode.Place
    /// What it has that is not read, in words.
    var extra: String?
  }

  // The parser keeps its own address, and that of the bytes.
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private let isReady: Bool

  /// Reads UTF-8.
  init(_ text: [UInt8]) {
    unsafe bytes = .allocate(capacity: max(1, text.count))
    _ = unsafe bytes.initialize(from: text)
    unsafe isReady = yaml_parser_initialize(parser) == 1
    guard isReady else { return }
    unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, text.count)
  }

  deinit {
    if isReady { unsafe yaml_parser_delete(parser) }
    unsafe parser.deallocate()
    unsafe bytes.deallocate()
  }

  /// The next event; the last one is the stream's end.
  func next() throws(YAMLFault) -> Event {
    guard isReady else { throw YAMLFault(nil, "there is no memory to read it") }
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw fault }
    defer { unsafe yaml_event_delete(&event) }
    let mark = unsafe event.start_mark
    let place = YAMLNode.Place(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    switch unsafe event.type {
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let text = unsafe String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      return unsafe Event(
        kind: .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE), place: place,
        extra: Self.extra(scalar.anchor, scalar.tag))
    case YAML_SEQUENCE_START_EVENT:
      let start = unsafe event.data.sequence_start
      return unsafe Event(
        kind: .listStart, place: place, extra: Self.extra(start.anchor, start.tag))
    case YAML_MAPPING_START_EVENT:
      let start = unsafe event.data.mapping_start
      return unsafe Event(
        kind: .mappingStart, place: place, extra: Self.extra(start.anchor, start.tag))
    case YAML_ALIAS_EVENT: return Event(kind: .alias, place: place, extra: "an alias (*)")
    case YAML_SEQUENCE_END_EVENT: return Event(kind: .listEnd, place: place)
    case YAML_MAPPING_END_EVENT: return Event(kind: .mappingEnd, place: place)
    case YAML_DOCUMENT_START_EVENT: return Event(kind: .documentStart, place: place)
    case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, place: place)
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return Event(kind: .streamEnd, place: place)
    default: return Event(kind: .other, place: place)
    }
  }

  private static func extra(
    _ anchor: UnsafeMutablePointer<yaml_char_t>?, _ tag: UnsafeMutablePointer<yaml_char_t>?
  ) -> String? {
    if unsafe anchor != nil { return "an anchor (&)" }
    return unsafe tag == nil ? nil : "a tag (!)"
  }

  /// Why the parser gave up.
  private var fault: YAMLFault {
    let mark = unsafe parser.pointee.problem_mark
    var place = YAMLNode.Place(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    var reason = unsafe parser.pointee.problem.map { unsafe String(cString: $0) } ?? "unreadable"
    if unsafe parser.pointee.error == YAML_READER_ERROR {
      // Then only the byte is known.
      let before = unsafe bytes.prefix(Int(parser.pointee.problem_offset))
      let start = unsafe before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let line = unsafe before.count { $0 == 0x0A } + 1
      let column = unsafe String(decoding: before[start...], as: UTF8.self).unicodeScalars.count
      place = YAMLNode.Place(line: line, column: column + 1)
    } else if unsafe bytes.count > mark.index, isTab(at: place) {
      reason = "a tab cannot indent, or stand before a value: use spaces"
    }
    if let context = unsafe parser.pointee.context.map({ unsafe String(cString: $0) }) {
      reason += " (\(context))"
    }
    return YAMLFault(place, reason)
  }

  /// Whether the line has a tab there.
  private func isTab(at place: YAMLNode.Place) -> Bool {
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.indices.contains(place.line - 1) else { return false }
    return lines[place.line - 1].unicodeScalars.dropFirst(place.column - 1).first == "\t"
  }
}
