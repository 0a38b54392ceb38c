/// Cuts a byte stream into frames: JPEG files one after another, or raw frames of a fixed size.
///
/// What lies between JPEG files is no frame: headers of a multipart stream or of a container, padding. Where a multipart
/// stream says where its pictures end, that helps with those that lack an end marker.
///
/// Holds at most one frame and what was read beyond it.
package struct FrameSplitter {
  package enum Layout: Equatable, Sendable {
    case jpeg
    /// Frames of that many bytes.
    case raw(Int)
    /// JPEG files with their times, see ``TimedJPEGs``.
    case timedJPEG
  }

  /// A whole frame.
  package struct Frame: Equatable, Sendable {
    /// Where it is in `bytes`, good until the next call of `append`.
    package var range: Range<Int>
    /// Whether bytes of no known purpose lie between it and the frame before.
    package var followsPadding = false
    /// When it is to be shown, in milliseconds from the start; nil where the stream does not say.
    package var milliseconds: Int?
  }

  package enum Piece: Equatable, Sendable {
    case frame(Frame)
    /// A frame that cannot be used was skipped.
    case damage(String)
    /// Much was skipped that is no frame.
    case garbage(String)
  }

  /// No camera's frame is larger; a stream without end of frame may not fill the memory.
  package static let largestFrame = 32 << 20
  /// So much of what lies between pictures is looked at for headers.
  private static let keptBetween = 4096

  private let layout: Layout
  package private(set) var bytes: [UInt8] = []
  /// What is before is done with.
  private var start = 0
  private var scanner = JPEGScanner()
  private var timed = TimedJPEGs()
  /// Whether a picture begins at `start`; else what lies between pictures.
  private var isInFrame = false
  /// Between pictures: how far there is none, from `start` on.
  private var searched = 0
  /// Between pictures: what is no longer in `bytes`.
  private var forgotten = 0
  /// A picture begins right here if it begins with a start marker at all, whatever follows that.
  private var isExpected = true
  private var followsPadding = false
  /// Whether nothing more comes.
  private var hasEnded = false
  private var frames = 0
  private var boundary: [UInt8]?
  /// The length of this picture, as its header says.
  private var length: Int?
  /// In this picture there is no boundary up to there.
  private var boundarySearched = 0

  package init(_ layout: Layout) { self.layout = layout }

  /// Reads more bytes from `read`, which fills the start of a buffer and says how many it wrote.
  package mutating func append(upTo count: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int)
    -> Int
  {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    let old = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    let got = unsafe bytes.withUnsafeMutableBytes { all in
      unsafe read(UnsafeMutableRawBufferPointer(rebasing: all[old...]))
    }
    bytes.removeLast(count - max(0, got))
    return got
  }

  /// The next frame or damage in what was read; nil when more bytes are needed.
  package mutating func next() -> Piece? {
    switch layout {
    case .raw(let size):
      guard bytes.count - start >= size else { return nil }
      defer { start += size }
      return .frame(Frame(range: start..<start + size))
    case .timedJPEG:
      return timed.next(in: bytes, from: &start)
    case .jpeg:
      while true {
        guard isInFrame || findFrame() else { return skipped() }
        if let piece = nextJPEG() { return piece }
        if isInFrame { return nil }
      }
    }
  }

  /// What the end of the stream leaves, a piece a call: a last frame without an end, part of one and what follows, nothing.
  package mutating func remainder() -> Piece? {
    hasEnded = true
    if let piece = next() { return piece }
    guard layout == .jpeg, isInFrame else {
      defer { (start, forgotten) = (bytes.count, 0) }
      let count = forgotten + bytes.count - start
      if layout != .jpeg { return count > 0 ? .damage("the stream ends within a frame") : nil }
      return frames == 0 && count > 0 ? .garbage("none of its \(count) bytes is of a JPEG") : nil
    }
    if scanner.hasImage { return frame(until: bytes.count - start) }
    // A length that is nonsense may have led over others.
    frames += 1
    leaveFrame(at: min(bytes.count, start + 2))
    isExpected = false
    return .damage("the stream ends within a frame")
  }

  // MARK: Between pictures

  /// Looks for the start of a picture, and moves there; false when more bytes are needed.
  private mutating func findFrame() -> Bool {
    let first = start
    var place = start + searched
    while place + 1 < bytes.count {
      guard bytes[place] == 0xFF, bytes[place + 1] == 0xD8 else {
        place += 1
        continue
      }
      // Among other bytes two are too few to tell a picture by, and sound is full of them.
      let isExpected = place == first ? self.isExpected : isAtHeaderEnd(place)
      if !isExpected {
        let isPicture = JPEGStructure.beginsPicture(bytes.span, at: place)
        if isPicture == nil, !hasEnded { break }
        guard isPicture == true else {
          place += 1
          continue
        }
      }
      enterFrame(at: place)
      self.isExpected = isExpected
      return true
    }
    searched = place - start
    return false
  }

  private func isAtHeaderEnd(_ place: Int) -> Bool {
    PartHeader(endOf: bytes[max(start, place - Self.keptBetween)..<place]) != nil
  }

  private mutating func enterFrame(at place: Int) {
    (length, followsPadding) = (nil, false)
    if place > start {
      let between = bytes[max(start, place - Self.keptBetween)..<place]
      let header = PartHeader(endOf: between)
      let others = header?.others ?? between.count { $0 != 0x0D && $0 != 0x0A }
      // What comes before the first picture is nobody's padding.
      followsPadding = frames > 0 && (others > 0 || forgotten > 0)
      if let found = header?.boundary { boundary = found }
      length = header?.length
    }
    start = place
    (isInFrame, scanner) = (true, JPEGScanner())
    (searched, forgotten, boundarySearched) = (0, 0, 0)
  }

  /// Forgets what is no picture; says so when that is too much.
  private mutating func skipped() -> Piece? {
    let wasLittle = forgotten <= Self.largestFrame
    let excess = searched - Self.keptBetween
    guard excess > 1 << 16 else { return nil }
    start += excess
    searched -= excess
    forgotten += excess
    isExpected = false
    return wasLittle && forgotten > Self.largestFrame
      ? .garbage("\(forgotten >> 20) MB without a JPEG") : nil
  }

  // MARK: In a picture

  /// The picture, or what is wrong with it; nil with `isInFrame` when it needs more bytes, without when it was none.
  private mutating func nextJPEG() -> Piece? {
    switch Self.advance(&scanner, bytes, from: start) {
    case .complete(let end):
      return frame(until: end)
    case .needsMore:
      if scanner.hasImage, let end = saidEnd(before: bytes.count - start) {
        return frame(until: end)
      }
      guard bytes.count - start > Self.largestFrame else { return nil }
      return skip("has no end")
    case .damaged(let damage, let resume):
      return skip(damage.rawValue, to: resume)
    }
  }

  private static func advance(
    _ scanner: inout JPEGScanner, _ bytes: [UInt8], from start: Int
  ) -> JPEGScanner.Progress {
    scanner.advance(in: bytes.span.extracting(start..<bytes.count))
  }

  /// Where the stream says that the picture ends which has no end marker so far.
  private mutating func saidEnd(before end: Int) -> Int? {
    if let length, length < end {
      if isEndOfPart(start + length) { return length }
      // It was not true.
      self.length = nil
    }
    return boundaryPlace(before: start + end).map { $0 - start }
  }

  /// Whether what follows may be a boundary, as far as it is there.
  private func isEndOfPart(_ place: Int) -> Bool {
    var rest = bytes[place...]
    if rest.first == 0x0D { rest = rest.dropFirst() }
    if rest.first == 0x0A { rest = rest.dropFirst() }
    let wanted = boundary ?? [0x2D, 0x2D]
    return zip(rest, wanted).allSatisfy { $0 == $1 }
  }

  /// Where a boundary begins within the picture.
  private mutating func boundaryPlace(before end: Int) -> Int? {
    // Shorter ones might be image data.
    guard let boundary, boundary.count >= 5 else { return nil }
    var place = start + boundarySearched
    while place + boundary.count <= end {
      if bytes[place] == boundary[0],
        bytes[place..<place + boundary.count].elementsEqual(boundary)
      {
        return place
      }
      place += 1
    }
    boundarySearched = max(0, place - start)
    return nil
  }

  /// Hands out the picture that ends so many bytes after `start`; a boundary within is the end of one that lacks its own.
  private mutating func frame(until end: Int) -> Piece {
    var last = start + end
    if !scanner.hasEnd {
      boundarySearched = 0
      if let said = saidEnd(before: end) { last = start + said }
      while last > start + 2, bytes[last - 1] == 0x0A, bytes[last - 2] == 0x0D { last -= 2 }
    }
    let frame = Frame(range: start..<last, followsPadding: followsPadding)
    frames += 1
    leaveFrame(at: last)
    isExpected = true
    return .frame(frame)
  }

  /// Goes on behind a picture that is none; where one had to be, that is damage.
  private mutating func skip(_ what: String, to resume: Int = 2) -> Piece? {
    let wasExpected = isExpected
    leaveFrame(at: min(bytes.count, start + resume))
    isExpected = false
    return wasExpected ? .damage("a frame \(what)") : nil
  }

  private mutating func leaveFrame(at place: Int) {
    start = place
    isInFrame = false
    (searched, length) = (0, nil)
  }
}
