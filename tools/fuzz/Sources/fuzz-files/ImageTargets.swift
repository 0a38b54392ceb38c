import FuzzTarget

@testable import Imaging

/// Decodes a picture in all ways: whole, cropped, reduced for training, fast, and only checked.
@Sendable func readImage(_ bytes: [UInt8]) {
  var decoder = ImageDecoder()
  decoder.pixelLimit = 1 << 20
  let preprocessing = Preprocessing(size: 16)
  let whole = try? decoder.decode(bytes)
  let span = RawSpan(_elements: bytes.span)
  var cropper = Cropper(preprocessing)
  var crop = Image(width: 1, height: 1)
  let cropped = try? decoder.crop(span, with: &cropper, into: &crop)
  if let whole, cropped != nil {
    precondition(crop == preprocessing.crop(whole.image), "a crop is not that of the whole")
  }
  precondition((whole == nil) == (cropped == nil), "cropping and decoding disagree")
  _ = try? decoder.reduce(span, preprocessing, shortEdge: 24)
  let isRight = (try? decoder.check(span)) != nil
  precondition(isRight == (whole != nil), "checking and decoding disagree")
  decoder.fastDecodeShortEdge = 16
  _ = try? decoder.decode(bytes)
  var frame = Image(width: 1, height: 1)
  try? decoder.decode(jpeg: span, into: &frame)
  _ = decoder.jpegFindings
}

/// Changes a picture, and makes the checksums of a PNG's chunks fit again.
@Sendable func mutateImage(_ bytes: [UInt8], longest: Int, dice: inout Dice) -> [UInt8] {
  var new = fuzzed(bytes, room: max(0, min(256, longest - bytes.count)))
  guard new.starts(with: [0x89, 0x50, 0x4E, 0x47]), Int.random(in: 0..<8, using: &dice) > 0 else {
    return new
  }
  var start = 8
  while start + 12 <= new.count {
    let length = new[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
    let end = start + 8 + length
    guard end + 4 <= new.count else { break }
    let sum = crc32(new[start + 4..<end])
    for byte in 0..<4 { new[end + byte] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * byte)) }
    start = end + 4
  }
  return new
}

private let crcTable: [UInt32] = (0..<256).map { index in
  (0..<8).reduce(UInt32(index)) { sum, _ in
    sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
  }
}

private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { $0 >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
}

/// Reads an orientation out of EXIF, XMP, and the metadata of files.
@Sendable func readOrientation(_ bytes: [UInt8]) {
  let span = RawSpan(_elements: bytes.span)
  _ = Orientation(exif: span)
  _ = Orientation(xmp: span)
  _ = Orientation(png: span)
  _ = Orientation(jpeg: span)
  _ = withoutEmptyExif(span)
}
