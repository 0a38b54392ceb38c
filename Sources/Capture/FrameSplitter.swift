/// Cuts a byte stream into frames: JPEG files one after another, or raw frames of a fixed size.
///
/// Holds at most one frame and what was read beyond it.
package struct FrameSplitter {
  package enum Layout: Equatable {
    case jpeg
    /// Frames of that many bytes.
    case raw(Int)
  }

  package enum Piece: Equatable {
    /// A whole frame: a range of `bytes`, good until the next call of `append`.
    case frame(Range<Int>)
    /// Bytes that are no frame were skipped.
    case damage(String)
  }

  /// No camera's frame is larger; a stream without end of frame may not fill the memory.
  package static let largestFrame = 32 << 20

  private let layout: Layout
  package private(set) var bytes: [UInt8] = []
  private var start = 0
  private var scanner = JPEGScanner()
  /// Since the last frame only garbage came, and was reported.
  private var isLost = false

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
      return .frame(start..<start + size)
    case .jpeg:
      return nextJPEG()
    }
  }

  /// What the end of the stream leaves: part of a frame is damage.
  package var remainder: Piece? {
    start < bytes.count && !isLost ? .damage("the stream ends within a frame") : nil
  }

  private mutating func nextJPEG() -> Piece? {
    while true {
      switch Self.advance(&scanner, bytes, from: start) {
      case .complete(let end):
        defer { restart(at: start + end) }
        isLost = false
        return .frame(start..<start + end)
      case .needsMore:
        guard bytes.count - start > Self.largestFrame else { return nil }
        restart(at: start + 2)
        return lose("a frame has no end")
      case .damaged(let damage, let resume):
        restart(at: frameStart(from: start + resume))
        if let piece = lose("a frame \(damage.rawValue)") { return piece }
        if start + 1 >= bytes.count { return nil }
      }
    }
  }

  private static func advance(
    _ scanner: inout JPEGScanner, _ bytes: [UInt8], from start: Int
  ) -> JPEGScanner.Progress {
    scanner.advance(in: bytes.span.extracting(start..<bytes.count))
  }

  private mutating func restart(at position: Int) {
    start = position
    scanner = JPEGScanner()
  }

  /// Reports garbage once, however long it is.
  private mutating func lose(_ what: String) -> Piece? {
    defer { isLost = true }
    return isLost ? nil : .damage(what)
  }

  /// The first place at or after `position` where a frame may start.
  private func frameStart(from position: Int) -> Int {
    var place = position
    while place + 1 < bytes.count, bytes[place] != 0xFF || bytes[place + 1] != 0xD8 { place += 1 }
    // A last FF may be the first half of a start.
    if place + 1 == bytes.count && bytes[place] != 0xFF { place += 1 }
    return min(place, bytes.count)
  }
}
