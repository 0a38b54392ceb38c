import CZlib

/// What the chunks of a PNG say of it, wherever in the file they are.
extension Orientation {
  /// Kinds of chunks, as numbers.
  private enum Kind {
    static let end: UInt32 = 0x4945_4E44  // IEND
    static let exif: UInt32 = 0x6558_4966  // eXIf
    static let text: UInt32 = 0x7445_5874  // tEXt
    static let compressedText: UInt32 = 0x7A54_5874  // zTXt
    static let internationalText: UInt32 = 0x6954_5874  // iTXt
    static let telling = [exif, text, compressedText, internationalText]
  }

  /// Nobody describes an image in more text.
  private static let textLimit = 1 << 20

  private static let profile = [UInt8]("Raw profile type exif".utf8)
  private static let xmp = [UInt8]("XML:com.adobe.xmp".utf8)
  private static let exif = [UInt8]("exif".utf8)

  /// The orientation that a PNG states: in its `eXIf` chunk, else in the text that older programs write in its place, else in
  /// XMP; upright where it states none.
  init(png bytes: RawSpan) {
    var exif: [UInt8]?
    var profile: [UInt8]?
    var packet: [UInt8]?
    var offset = 8
    while let length = bytes.big32(offset), let kind = bytes.big32(offset + 4) {
      let data = offset + 8..<offset + 8 + Int(length)
      guard data.upperBound <= bytes.byteCount else { break }
      offset = data.upperBound + 4
      if kind == Kind.end { break }
      guard Kind.telling.contains(kind) else { continue }
      let body = bytes.extracting(data)
      if kind == Kind.exif {
        exif = Self.copy(body)
        continue
      }
      guard let end = body.first(0, from: 0), end <= 79 else { continue }
      switch Self.copy(body.extracting(..<end)) {
      case Self.profile: profile = Self.text(of: body, from: end + 1, kind: kind)
      case Self.xmp: packet = Self.text(of: body, from: end + 1, kind: kind)
      case Self.exif where kind == Kind.text: exif = Self.copy(body.extracting((end + 1)...))
      default: break
      }
    }
    let block = exif ?? profile.flatMap(Self.bytes(ofProfile:))
    let stated = block.flatMap { Orientation(exif: RawSpan(_elements: $0.span)) }
    self = stated ?? packet.flatMap { Orientation(xmp: RawSpan(_elements: $0.span)) } ?? .upright
  }

  /// The text of a `tEXt`, `zTXt` or `iTXt` chunk, which begins behind the keyword; nil where it cannot be read.
  private static func text(of body: RawSpan, from start: Int, kind: UInt32) -> [UInt8]? {
    switch kind {
    case Kind.text: return copy(body.extracting(start...))
    case Kind.compressedText:  // method, text
      return body.byte(start) == 0 ? inflated(body.extracting((start + 1)...)) : nil
    default:  // flag, method, language, translated keyword, text
      guard let isCompressed = body.byte(start), let language = body.first(0, from: start + 2),
        let keyword = body.first(0, from: language + 1)
      else { return nil }
      let text = body.extracting((keyword + 1)...)
      guard isCompressed != 0 else { return copy(text) }
      return body.byte(start + 1) == 0 ? inflated(text) : nil
    }
  }

  /// What ImageMagick and others write: a line break, a name, a length, then the bytes in hexadecimal digits.
  private static func bytes(ofProfile text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: 0x0A, maxSplits: 3, omittingEmptySubsequences: false)
    guard lines.count == 4 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in lines[3] where ![0x20, 0x09, 0x0A, 0x0D].contains(character) {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue.map(UInt8.init) else {
        return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }

  private static func copy(_ bytes: RawSpan) -> [UInt8] {
    unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// As much as can be unpacked; nil for more than anybody would write.
  private static func inflated(_ bytes: RawSpan) -> [UInt8]? {
    var length = uLong(textLimit)
    var isTooLong = true
    let text = unsafe bytes.withUnsafeBytes { source in
      unsafe [UInt8](unsafeUninitializedCapacity: textLimit) { target, count in
        let from = unsafe source.bindMemory(to: UInt8.self).baseAddress
        let status = unsafe uncompress(target.baseAddress, &length, from, uLong(source.count))
        isTooLong = status == Z_BUF_ERROR
        count = Int(length)
      }
    }
    return isTooLong ? nil : text
  }
}

/// Without its empty `eXIf` chunks, which libspng takes for ones that are too large; nil for a PNG that has none.
func withoutEmptyExif(_ png: RawSpan) -> [UInt8]? {
  let chunk: [UInt8] = [0, 0, 0, 0] + [UInt8]("eXIf".utf8)
  var kept: [UInt8] = []
  var start = 0
  var offset = 8
  while let length = png.big32(offset) {
    let end = offset + 12 + Int(length)
    if png.starts(with: chunk, at: offset), end <= png.byteCount {
      unsafe png.extracting(start..<offset).withUnsafeBytes { unsafe kept.append(contentsOf: $0) }
      start = end
    }
    offset = end
  }
  guard start > 0 else { return nil }
  unsafe png.extracting(start...).withUnsafeBytes { unsafe kept.append(contentsOf: $0) }
  return kept
}
