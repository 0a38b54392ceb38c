/// Where a file states its orientation: in an EXIF block, which has the form of a TIFF file, or in XMP.
///
/// Read as Pillow's `ImageOps.exif_transpose` does, which is asked where programs disagree: the tag counts in any numeric
/// type, the last one of several, and XMP is asked where EXIF lacks it.
extension Orientation {
  /// What begins an EXIF block in a JPEG.
  static let exifIdentifier = [UInt8]("Exif\0\0".utf8)

  /// Bytes of one value by the type of an entry of TIFF; types that are not there are not known.
  private static let sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8]

  /// What an EXIF block says; nil where it lacks the tag, upright where the tag says nothing sensible.
  init?(exif: RawSpan) {
    // Some writers put the identifier there twice, or into a PNG.
    var start = 0
    while exif.starts(with: Self.exifIdentifier, at: start) { start += Self.exifIdentifier.count }
    let tiff = exif.extracting(start...)
    let isLittle: Bool
    // The number 42, whose bytes some writers exchange; BigTIFF's 43 passes where Pillow lets it.
    switch (tiff.big16(0), tiff.big16(2)) {
    case (0x4949, 0x2A00), (0x4949, 0x002A): isLittle = true
    case (0x4D4D, 0x002A), (0x4D4D, 0x2A00), (0x4D4D, 0x002B): isLittle = false
    default: return nil
    }
    func word(_ offset: Int) -> UInt16? {
      tiff.big16(offset).map { isLittle ? $0.byteSwapped : $0 }
    }
    func long(_ offset: Int) -> Int? {
      tiff.big32(offset).map { Int(isLittle ? $0.byteSwapped : $0) }
    }
    guard let directory = long(4), let count = word(directory) else { return nil }
    var found: Orientation?
    for index in 0..<Int(count) {
      let entry = directory + 2 + index * 12
      guard let tag = word(entry), let type = word(entry + 2), let values = long(entry + 4),
        let place = long(entry + 8)
      else { break }
      let size = type < Self.sizes.count ? values * Self.sizes[Int(type)] : 0
      guard size > 0 else { continue }
      let value = size > 4 ? place : entry + 8
      guard value + size <= tiff.byteCount else { break }
      guard tag == 0x0112 else { continue }
      let number = Self.number(in: tiff, at: value, type: type, isLittle: isLittle)
      found = number.flatMap(Int.init(exactly:)).flatMap(Orientation.init) ?? .upright
    }
    guard let found else { return nil }
    self = found
  }

  /// The first value of an entry; nil for text and bytes, which are no numbers.
  private static func number(
    in tiff: RawSpan, at place: Int, type: UInt16, isLittle: Bool
  ) -> Double? {
    func read<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as: T.Type) -> T? {
      let value: T? = tiff.integer(offset)
      return value.map { isLittle ? $0.byteSwapped : $0 }
    }
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type) -> Double? {
      read(offset, as: type).map { Double($0) }
    }
    func ratio<T: FixedWidthInteger & BitwiseCopyable>(of type: T.Type) -> Double? {
      guard let numerator = number(place, as: type), let denominator = number(place + 4, as: type)
      else { return nil }
      return numerator / denominator
    }
    switch type {
    case 3: return number(place, as: UInt16.self)
    case 4, 13: return number(place, as: UInt32.self)
    case 5: return ratio(of: UInt32.self)
    case 6: return number(place, as: Int8.self)
    case 8: return number(place, as: Int16.self)
    case 9: return number(place, as: Int32.self)
    case 10: return ratio(of: Int32.self)
    case 11: return read(place, as: UInt32.self).map { Double(Float(bitPattern: $0)) }
    case 12: return read(place, as: UInt64.self).map { Double(bitPattern: $0) }
    case 16: return number(place, as: UInt64.self)
    default: return nil
    }
  }

  private static let xmpName = [UInt8]("tiff:Orientation".utf8)

  /// What an XMP packet says: the digit of the first `tiff:Orientation="6"` or `<tiff:Orientation>6`; nil where there is none.
  init?(xmp: RawSpan) {
    var start = 0
    while let name = xmp.first(Self.xmpName[0], from: start) {
      start = name + 1
      guard xmp.starts(with: Self.xmpName, at: name) else { continue }
      let end = name + Self.xmpName.count
      let isElement = xmp.byte(end) == UInt8(ascii: ">")
      let isAttribute = xmp.starts(with: [UInt8(ascii: "="), UInt8(ascii: "\"")], at: end)
      guard isElement || isAttribute, let digit = xmp.byte(isElement ? end + 1 : end + 2),
        (0x30...0x39).contains(digit)
      else { continue }
      self = Orientation(rawValue: Int(digit) - 0x30) ?? .upright
      return
    }
    return nil
  }
}
