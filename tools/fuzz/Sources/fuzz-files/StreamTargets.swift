import FuzzTarget

@testable import Capture

/// Cuts a stream into frames; its first two bytes say of which layout it is, and how many bytes come at a time.
@Sendable func splitStream(_ bytes: [UInt8]) {
  guard bytes.count > 2 else { return }
  let layouts: [FrameSplitter.Layout] = [.jpeg, .timedJPEG, .raw(1 + Int(bytes[0]))]
  var splitter = FrameSplitter(layouts[Int(bytes[0]) % 3])
  var rest = bytes[2...]
  var room = bytes.count + 16
  func took(_ piece: FrameSplitter.Piece) {
    if case .frame(let frame) = piece {
      precondition(frame.range.upperBound <= splitter.bytes.count, "a frame behind the bytes")
    }
    room -= 1
    precondition(room > 0, "more pieces than bytes")
  }
  while !rest.isEmpty {
    let count = min(rest.count, 1 + Int(bytes[1]) * 4)
    let part = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    _ = splitter.append(upTo: count) { buffer in
      buffer.copyBytes(from: part)
      return part.count
    }
    while let piece = splitter.next() { took(piece) }
  }
  while let piece = splitter.remainder() { took(piece) }
}

/// Reads the header of a part of a multipart stream, and looks for the end of a JPEG.
@Sendable func readPartHeader(_ bytes: [UInt8]) {
  if let header = PartHeader(endOf: bytes[...]) {
    precondition(header.others >= 0 && header.length ?? 0 >= 0, "a negative length")
  }
  var scanner = JPEGScanner()
  _ = scanner.advance(in: bytes.span)
}
