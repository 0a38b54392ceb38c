import Imaging
import TestSupport
import Testing

/// Where files state how their camera was held.
///
/// The orientations expected are those by which Pillow 12.3's
/// `ImageOps.exif_transpose` turns the same bytes.
@Suite struct OrientationTests {
  /// Bytes to be put into a file, and what they are to be read as.
  struct Variant: CustomTestStringConvertible {
    var testDescription: String
    var bytes: [UInt8]
    var orientation: Int

    init(_ name: String, _ bytes: [UInt8], _ orientation: Int = 6) {
      testDescription = name
      self.bytes = bytes
      self.orientation = orientation
    }
  }

  /// Variants, one a statement: a table of so many sums takes compilers minutes.
  private struct Variants {
    var all: [Variant] = []

    mutating func add(_ name: String, _ bytes: [UInt8], _ orientation: Int = 6) {
      all.append(Variant(name, bytes, orientation))
    }
  }

  // MARK: TIFF

  /// An entry of a TIFF directory: tag, type, how many values, and four bytes.
  private static func entry(
    _ tag: Int = 0x0112, type: Int, count: Int = 1, _ value: [UInt8], little: Bool = true
  ) -> [UInt8] {
    word(tag, little) + word(type, little) + long(count, little)
      + value + [UInt8](repeating: 0, count: max(0, 4 - value.count))
  }

  private static func word(_ value: Int, _ little: Bool = true) -> [UInt8] {
    let bytes = [UInt8(value & 255), UInt8(value >> 8 & 255)]
    return little ? bytes : bytes.reversed()
  }

  private static func long(_ value: Int, _ little: Bool = true) -> [UInt8] {
    let bytes = [0, 8, 16, 24].map { UInt8(value >> $0 & 255) }
    return little ? bytes : bytes.reversed()
  }

  /// A block with these entries, whose directory lies at `offset`, and `rest` behind it.
  private static func tiff(
    _ entries: [[UInt8]], little: Bool = true, number: [UInt8]? = nil, offset: Int = 8,
    count: Int? = nil, rest: [UInt8] = []
  ) -> [UInt8] {
    [UInt8]((little ? "II" : "MM").utf8) + (number ?? word(42, little)) + long(offset, little)
      + [UInt8](repeating: 0, count: offset - 8) + word(count ?? entries.count, little)
      + entries.flatMap(\.self) + long(0, little) + rest
  }

  private static let identifier = [UInt8]("Exif\0\0".utf8)
  private static func short(_ value: Int) -> [UInt8] { entry(type: 3, word(value)) }
  private static let six = tiff([short(6)])
  private static let eight = tiff([short(8)])
  private static let without = tiff([entry(0x010F, type: 2, count: 4, [UInt8]("abc\0".utf8))])

  // MARK: JPEG

  private static func segment(_ marker: UInt8, _ body: [UInt8]) -> [UInt8] {
    [0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)] + body
  }

  private static func exif(_ block: [UInt8]) -> [UInt8] { segment(0xE1, identifier + block) }

  private static func xmp(_ text: String) -> [UInt8] {
    segment(0xE1, [UInt8]("http://ns.adobe.com/xap/1.0/\0\(text)".utf8))
  }

  private static let attribute = "<rdf:Description tiff:Orientation=\"6\"/>"
  private static let element = "<tiff:Orientation>6</tiff:Orientation>"

  static let types: [Variant] = {
    var list = Variants()
    for little in [true, false] {
      let order = little ? "little" : "big"
      // Values that do not fit lie behind the directory of one entry.
      let behind = long(8 + 2 + 12 + 4, little)
      func add(
        _ name: String, _ type: Int, _ value: [UInt8], count: Int = 1, rest: [UInt8] = [],
        _ orientation: Int = 6
      ) {
        let own = entry(type: type, count: count, value, little: little)
        list.add("\(name), \(order)", exif(tiff([own], little: little, rest: rest)), orientation)
      }
      func pair(_ first: Int, _ second: Int) -> [UInt8] {
        long(first, little) + long(second, little)
      }
      add("SHORT", 3, word(6, little))
      add("LONG", 4, long(6, little))
      add("IFD", 13, long(6, little))
      add("SBYTE", 6, [6])
      add("SSHORT", 8, word(6, little))
      add("SLONG", 9, long(6, little))
      add("RATIONAL", 5, behind, rest: pair(12, 2))
      add("RATIONAL of 7/2", 5, behind, rest: pair(7, 2), 1)
      add("RATIONAL of 6/0", 5, behind, rest: pair(6, 0), 1)
      add("SRATIONAL", 10, behind, rest: pair(12, 2))
      add("FLOAT", 11, long(Int(Float(6).bitPattern), little))
      add("FLOAT of 6.5", 11, long(Int(Float(6.5).bitPattern), little), 1)
      add("two SHORTs", 3, word(6, little) + word(8, little), count: 2)
      add("two LONGs", 4, behind, count: 2, rest: pair(6, 8))
      add("no SHORT", 3, word(6, little), count: 0, 1)
      add("BYTE", 1, [6], 1)
      add("ASCII", 2, [UInt8(ascii: "6"), 0], count: 2, 1)
      add("UNDEFINED", 7, [6], 1)
      add("an unknown type", 14, [6], 1)
      let own = entry(type: 3, word(6, little), little: little)
      let block = tiff([own], little: little, number: word(42, !little))
      list.add("42 the wrong way round, \(order)", exif(block))
    }
    return list.all
  }()

  static let blocks: [Variant] = {
    var list = Variants()
    for value in 0...9 {
      list.add("value \(value)", exif(tiff([short(value)])), (2...8).contains(value) ? value : 1)
    }
    list.add("another number than 42", exif(tiff([short(6)], number: [1, 1])), 1)
    list.add("a directory further on", exif(tiff([short(6)], offset: 40)))
    list.add("twice", exif(tiff([short(6), short(8)])), 8)
    list.add("a senseless one last", exif(tiff([short(6), short(0)])), 1)
    list.add("one of an unknown type last", exif(tiff([short(6), entry(type: 77, [8])])))
    list.add("more entries announced than there are", exif(tiff([short(6)], count: 500)))
    list.add("the second directory", exif(tiff([], rest: word(1) + short(6))), 1)
    list.add(
      "behind a value outside the block",
      exif(tiff([entry(0x010F, type: 2, count: 40, long(9999)), short(6)])), 1)
    list.add(
      "before a value outside the block",
      exif(tiff([short(6), entry(0x010F, type: 2, count: 40, long(9999))])))
    list.add(
      "behind a huge value of an unknown type",
      exif(tiff([entry(0x010F, type: 99, count: 0xFFFF_FFFF, long(8)), short(6)])))
    list.add("cut in its entry", exif(Array(six.prefix(20))), 1)
    list.add("cut behind its entry", exif(Array(six.prefix(22))))
    list.add("the identifier twice", exif(identifier + six))
    list.add("another identifier", segment(0xE1, [UInt8]("Exif\0".utf8) + [0xFF] + six), 1)
    list.add("an empty block", exif([]), 1)
    list.add("an empty block, then one", exif([]) + exif(six))
    list.add("two blocks", exif(six) + exif(eight))
    list.add("in two parts", exif(Array(six.prefix(12))) + exif(Array(six.dropFirst(12))))
    list.add(
      "in two parts, XMP between",
      exif(Array(six.prefix(12))) + xmp("<x/>") + exif(Array(six.dropFirst(12))))
    return list.all
  }()

  static let places: [Variant] = {
    var list = Variants()
    list.add("fill bytes before", [0xFF, 0xFF, 0xFF] + exif(six))
    list.add("a zero after a marker's start", [0xFF, 0x00] + exif(six))
    list.add("padding before", segment(0xE0, [UInt8]("JFIF\0".utf8)) + [0, 0, 0, 0] + exif(six))
    list.add("text before", segment(0xE5, []) + [UInt8]("padding".utf8) + exif(six))
    list.add("a comment before", segment(0xFE, [UInt8](repeating: 32, count: 300)) + exif(six))
    list.add(
      "large segments before",
      [UInt8](repeatElement(segment(0xE2, [UInt8](repeating: 7, count: 65_000)), count: 3).joined())
        + exif(six))
    list.add(
      "another block in a segment before",
      segment(0xED, [UInt8]("Photoshop 3.0\0".utf8) + identifier + eight) + exif(six))
    // What follows a segment is none of it, even where a longer one would go on like that.
    list.add("an empty segment before an identifier", exif(six) + segment(0xE1, []) + identifier)
    list.add("an empty segment before XMP", segment(0xE1, []) + xmp(attribute).dropFirst(4), 1)
    list.add("XMP as an attribute", xmp(attribute))
    list.add("XMP as an element", xmp(element))
    list.add("XMP in other quotes", xmp("tiff:Orientation='6'"), 1)
    list.add("XMP of 0", xmp("tiff:Orientation=\"0\""), 1)
    list.add("XMP, no number first", xmp("tiff:Orientation=\"x\" " + element))
    list.add("XMP that ends in the name", xmp("tiff:Orientation"), 1)
    list.add("XMP after EXIF without the tag", exif(without) + xmp(attribute))
    list.add("XMP before EXIF without the tag", xmp(attribute) + exif(without))
    list.add("XMP beside upright EXIF", exif(tiff([short(1)])) + xmp(attribute), 1)
    list.add("XMP beside senseless EXIF", exif(tiff([short(0)])) + xmp(attribute), 1)
    list.add(
      "XMP beside EXIF of an unknown type", exif(tiff([entry(type: 77, [8])])) + xmp(attribute))
    list.add("XMP beside other EXIF", xmp(attribute) + exif(eight), 8)
    list.add("two packets of XMP", xmp(attribute) + xmp("<tiff:Orientation>8<"), 8)
    list.add(
      "an extension of XMP",
      segment(0xE1, [UInt8]("http://ns.adobe.com/xmp/extension/\0\(attribute)".utf8)), 1)
    return list.all
  }()

  @Test(arguments: types + blocks + places)
  func inJPEG(_ variant: Variant) throws {
    let file = try ImageFixtures.bytes("jpeg/444.jpg")
    let upright = try ImageFixtures.ppm("jpeg/444.ppm")
    // Behind the start and JFIF, as every second camera writes it.
    let start = 2 + 2 + Int(file[4]) << 8 + Int(file[5])
    var decoder = ImageDecoder()
    let decoded = try decoder.decode(file[..<start] + variant.bytes + file[start...])
    let expected = Self.turned(upright, variant.orientation)
    #expect(ImageFixtures.difference(decoded.image, expected) == nil)
  }

  @Test func behindTablesAndHeader() throws {
    let file = try ImageFixtures.bytes("jpeg/444.jpg")
    let upright = try ImageFixtures.ppm("jpeg/444.ppm")
    var offset = 2
    var places = 0
    var decoder = ImageDecoder()
    while true {
      let turned = try decoder.decode(file[..<offset] + Self.exif(Self.six) + file[offset...]).image
      #expect(turned == Self.turned(upright, 6), "at \(offset)")
      places += 1
      // Up to the scan, which the last one stands before.
      if file[offset + 1] == 0xDA { break }
      offset += 2 + Int(file[offset + 2]) << 8 + Int(file[offset + 3])
    }
    #expect(places > 5)
  }

  // MARK: PNG

  /// What ImageMagick writes in place of `eXIf`.
  private static func profile(_ block: [UInt8]) -> [UInt8] {
    let letters = [UInt8]("0123456789abcdef".utf8)
    let digits = block.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] }
    let lines = stride(from: 0, to: digits.count, by: 72).map {
      digits[$0..<min($0 + 72, digits.count)] + [10]
    }
    return [UInt8]("\nexif\n      \(block.count)\n".utf8) + lines.flatMap(\.self)
  }

  private static func text(_ keyword: String, _ text: [UInt8]) -> [UInt8] {
    pngChunk("tEXt", [UInt8]("\(keyword)\0".utf8) + text)
  }

  private static func compressed(_ keyword: String, _ text: [UInt8]) -> [UInt8] {
    pngChunk("zTXt", [UInt8]("\(keyword)\0\0".utf8) + storedZlibStream(text))
  }

  private static func international(
    _ keyword: String, _ text: [UInt8], isCompressed: Bool = false
  ) -> [UInt8] {
    pngChunk(
      "iTXt",
      [UInt8]("\(keyword)\0".utf8) + [isCompressed ? 1 : 0, 0] + [UInt8]("en\0name\0".utf8)
        + (isCompressed ? storedZlibStream(text) : text))
  }

  private static let rawProfile = "Raw profile type exif"
  private static let packet = "XML:com.adobe.xmp"

  static let chunks: [Variant] = {
    var list = Variants()
    for value in 1...8 {
      list.add("eXIf of \(value)", pngChunk("eXIf", tiff([short(value)])), value)
    }
    list.add(
      "eXIf, LONG, big",
      pngChunk("eXIf", tiff([entry(type: 4, long(6, false), little: false)], little: false)))
    list.add("eXIf with a JPEG's identifier", pngChunk("eXIf", identifier + six))
    list.add("two eXIf", pngChunk("eXIf", six) + pngChunk("eXIf", eight), 8)
    list.add("empty eXIf", pngChunk("eXIf", []), 1)
    list.add("a profile as text", text(rawProfile, profile(six)))
    list.add("a profile with a JPEG's identifier", text(rawProfile, profile(identifier + six)))
    list.add("a compressed profile", compressed(rawProfile, profile(six)))
    list.add(
      "a compressed profile, cut",
      pngChunk(
        "zTXt", [UInt8]("\(rawProfile)\0\0".utf8) + storedZlibStream(profile(six)).dropLast(4)))
    list.add("an international profile", international(rawProfile, profile(six)))
    list.add(
      "a compressed international profile",
      international(rawProfile, profile(six), isCompressed: true))
    list.add("a profile without its lines", text(rawProfile, [UInt8]("49492a".utf8)), 1)
    list.add("a profile beside eXIf", text(rawProfile, profile(six)) + pngChunk("eXIf", eight), 8)
    list.add(
      "a profile beside eXIf without the tag",
      text(rawProfile, profile(six)) + pngChunk("eXIf", without), 1)
    list.add("another profile", text("Raw profile type APP1", profile(identifier + six)), 1)
    list.add("bytes called exif", text("exif", six))
    list.add("XMP", international(packet, [UInt8](attribute.utf8)))
    list.add("compressed XMP", international(packet, [UInt8](element.utf8), isCompressed: true))
    list.add("XMP as text", text(packet, [UInt8](element.utf8)))
    list.add(
      "XMP beside upright eXIf",
      international(packet, [UInt8](attribute.utf8)) + pngChunk("eXIf", tiff([short(1)])), 1)
    list.add(
      "XMP beside eXIf without the tag",
      international(packet, [UInt8](attribute.utf8)) + pngChunk("eXIf", without))
    return list.all
  }()

  @Test(arguments: chunks)
  func inPNG(_ variant: Variant) throws {
    let file = pngFile(width: 5, height: 3) { x, y in (UInt8(x * 50), UInt8(y * 80), UInt8(x + y)) }
    var decoder = ImageDecoder()
    let upright = try decoder.decode(file).image
    let expected = Self.turned(upright, variant.orientation)
    // Before the image's data, and at the end.
    for place in [33, file.count - 12] {
      let decoded = try decoder.decode(file[..<place] + variant.bytes + file[place...])
      #expect(ImageFixtures.difference(decoded.image, expected) == nil, "at \(place)")
    }
  }

  /// An image turned as its orientation says, pixel by pixel: EXIF 2.3, 4.6.4, "where row 0 and column 0 are".
  static func turned(_ image: Image, _ orientation: Int) -> Image {
    let (w, h) = (image.width, image.height)
    let (columns, rows) = orientation < 5 ? (w, h) : (h, w)
    var pixels: [UInt8] = []
    for y in 0..<rows {
      for x in 0..<columns {
        let (column, row) =
          switch orientation {
          case 2: (w - 1 - x, y)
          case 3: (w - 1 - x, h - 1 - y)
          case 4: (x, h - 1 - y)
          case 5: (y, x)
          case 6: (y, h - 1 - x)
          case 7: (w - 1 - y, h - 1 - x)
          case 8: (w - 1 - y, x)
          default: (x, y)
          }
        let start = (row * w + column) * 3
        pixels += image.pixels[start..<start + 3]
      }
    }
    return Image(width: columns, height: rows, pixels: pixels)
  }
}
