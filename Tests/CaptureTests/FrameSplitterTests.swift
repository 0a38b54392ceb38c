import Capture
import TestSupport
import Testing

struct FrameSplitterTests {
  private struct Split {
    var frames: [[UInt8]] = []
    /// Of each frame, whether something that is no header lies before it.
    var padded: [Bool] = []
    var damages: [String] = []
    var garbage: [String] = []
  }

  /// Feeds `stream` in pieces of random lengths.
  private func split(
    _ stream: [UInt8], _ layout: FrameSplitter.Layout, seed: UInt64 = 1, longest: Int = 5000
  ) -> Split {
    var random = SplitMix64(seed: seed)
    var splitter = FrameSplitter(layout)
    var rest = stream[...]
    var split = Split()
    func note(_ piece: FrameSplitter.Piece) {
      switch piece {
      case .frame(let frame):
        split.frames.append(Array(splitter.bytes[frame.range]))
        split.padded.append(frame.followsPadding)
      case .damage(let what): split.damages.append(what)
      case .garbage(let what): split.garbage.append(what)
      }
    }
    while !rest.isEmpty {
      let count = min(Int.random(in: 1...longest, using: &random), rest.count)
      let got = splitter.append(upTo: longest) { buffer in
        buffer.copyBytes(from: rest.prefix(count))
        return count
      }
      rest = rest.dropFirst(got)
      while let piece = splitter.next() { note(piece) }
    }
    while let piece = splitter.remainder() { note(piece) }
    return split
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func concatenatedFilesComeBack(seed: UInt64) throws {
    let files = try ["red.jpg", "thumbnail.jpg", "waves.jpg", "blue.jpg"].map(fixture)
    let result = split(Array(files.joined()), .jpeg, seed: seed)
    #expect(result.frames.map(\.count) == files.map(\.count))
    #expect((result.frames == files) == true)
    #expect(result.damages == [] && result.garbage == [])
    #expect(result.padded.allSatisfy { !$0 })
  }

  /// Samples around zero are full of start markers, behind which lengths lead far.
  @Test func quietSoundBetweenFramesHidesNone() throws {
    let red = try fixture("red.jpg")
    var random = SplitMix64(seed: 11)
    var bytes: [UInt8] = []
    for _ in 0..<20 {
      let sound: [UInt8] = (0..<2000).flatMap { _ -> [UInt8] in
        let sample = Int16.random(in: -60...20, using: &random)
        return [UInt8(truncatingIfNeeded: sample), UInt8(truncatingIfNeeded: sample >> 8)]
      }
      bytes += [7, 0, 0xFF, 0xD8, 0xFF, 0xE3, 0xFF, 0xF0] + sound + red
    }
    let result = split(bytes, .jpeg)
    #expect(result.frames.count == 20)
    #expect(result.damages == [] && result.garbage == [])
  }

  @Test func whatFollowsALengthThatIsNonsenseIsFound() throws {
    let red = try fixture("red.jpg")
    // An application's segment that says to reach far over the next frames, and has no picture's segments behind it.
    let mangled: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE5, 0xFF, 0xFF, 1, 2, 3]
    let result = split(red + mangled + red + red, .jpeg)
    #expect(result.frames == [red, red, red])
    #expect(result.damages.count == 1)
  }

  /// What lies between pictures is none.
  @Test func garbageBetweenFramesIsNoDamage() throws {
    let red = try fixture("red.jpg")
    var random = SplitMix64(seed: 3)
    var garbage = (0..<150_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    garbage[0] = 1
    let result = split(red + garbage + red + garbage, .jpeg)
    #expect(result.frames == [red, red])
    #expect(result.padded == [false, true])
    #expect(result.damages == [] && result.garbage == [])
  }

  /// However long, it is said once: what was forgotten of it counts, too.
  @Test(arguments: [5000, 300_000])
  func aStreamOfNothingElseIsGarbage(count: Int) throws {
    var random = SplitMix64(seed: 3)
    let garbage = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    let result = split(garbage, .jpeg)
    #expect(result.frames == [] && result.damages == [])
    #expect(result.garbage == ["none of its \(count) bytes is of a JPEG"])
  }

  /// Two that are cut within their headers are starts without an image; the others are handed out, as a frame without an end.
  @Test(arguments: [1, 2, 300, 640, 5000])
  func aCutFrameCostsOnlyItself(length: Int) throws {
    let (red, waves) = (try fixture("red.jpg"), try fixture("waves.jpg"))
    let result = split(red + Array(waves.prefix(length)) + red + red, .jpeg)
    #expect(result.frames.last == red)
    switch length {
    case 1: #expect(result.frames == [red, red, red] && result.damages == [])
    case 2: #expect(result.frames == [red, waves.prefix(2) + red, red] && result.damages == [])
    case 300: #expect(result.frames.count == 3 && result.damages.count == 1)
    default: #expect(result.frames == [red, Array(waves.prefix(length)), red, red])
    }
  }

  @Test func theEndMayComeTooEarly() throws {
    let red = try fixture("red.jpg")
    #expect(split(red + red.dropLast(), .jpeg).frames == [red, Array(red.dropLast())])
    let result = split(red + red.prefix(100), .jpeg)
    #expect(result.frames == [red])
    #expect(result.damages == ["the stream ends within a frame"])
  }

  /// How servers of multipart streams write their parts.
  private static let headers: [(before: String, after: String)] = [
    (
      "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: #\r\nX-Timestamp: 1.5\r\n\r\n", "\r\n"
    ),
    ("--frame\r\nContent-Type: image/jpeg\r\n\r\n", "\r\n"),
    ("\r\n--boundarydonotcross\r\nContent-type: image/jpeg\r\nCONTENT-LENGTH: #\r\n\r\n", ""),
    ("--myboundary \nContent-Type: image/jpeg\nContent-Length: #\n\n", "\n"),
    ("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 77\r\n\r\n", "\r\n"),
    ("Content-Length: #\r\n\r\n", ""),
    ("--frame\r\nContent-Length: -5430\r\n\r\n", "\r\n"),
    ("--frame\r\nContent-Length: -99999999\r\n\r\n", "\r\n"),
    ("--frame\r\nContent-Length: 99999999999999999999\r\n\r\n", "\r\n"),
  ]

  /// A multipart stream of files, under a header of the list.
  private static func multipart(_ files: [[UInt8]], _ header: Int) -> [UInt8] {
    files.flatMap { file in
      let before = headers[header].before.replacing("#", with: "\(file.count)")
      return Array(before.utf8) + file + Array(headers[header].after.utf8)
    }
  }

  @Test(arguments: headers.indices, [3, 5000])
  func headersOfPartsAreNoFrames(header: Int, longest: Int) throws {
    let files = try ["red.jpg", "thumbnail.jpg", "waves.jpg", "blue.jpg"].map(fixture)
    let end = Array("--frame--\r\n".utf8)
    let result = split(Self.multipart(files, header) + end, .jpeg, longest: longest)
    #expect(result.frames == files)
    #expect(result.damages == [] && result.garbage == [])
    #expect(result.padded.allSatisfy { !$0 })
  }

  /// Where there is no end marker, the length or else the next boundary is the end.
  @Test(arguments: [0, 1, 2, 3, 4, 6, 7, 8])
  func boundariesEndFramesWithoutEnd(header: Int) throws {
    let files = try ["red.jpg", "waves.jpg", "blue.jpg"].map { Array(try fixture($0).dropLast(2)) }
    let result = split(Self.multipart(files, header) + Array("--frame".utf8), .jpeg)
    #expect(result.frames.dropLast() == files.dropLast()[...])
    #expect(result.frames.last?.starts(with: files[2]) == true)
    #expect(result.damages == [])
  }

  /// With a length a frame without end is not waited for until the next one begins.
  @Test func aLengthIsEnough() throws {
    let file = Array(try fixture("red.jpg").dropLast(2))
    var splitter = FrameSplitter(.jpeg)
    let part = Self.multipart([file], 0)
    _ = splitter.append(upTo: part.count) { buffer in
      buffer.copyBytes(from: part)
      return part.count
    }
    guard case .frame(let frame)? = splitter.next() else {
      Issue.record("there is no frame")
      return
    }
    #expect(Array(splitter.bytes[frame.range]) == file)
  }

  /// Small headers of containers, as of AVI and Matroska.
  @Test func chunkHeadersAreNoFrames() throws {
    let files = try ["red.jpg", "waves.jpg", "blue.jpg"].map(fixture)
    let start: [UInt8] = Array("RIFF....AVI LIST".utf8) + [UInt8](repeating: 7, count: 5000)
    let stream = files.flatMap { file -> [UInt8] in
      let size: [UInt8] = [UInt8(file.count & 0xFF), UInt8(file.count >> 8), 0, 0]
      return Array("00dc".utf8) + size + file
    }
    let result = split(start + stream + Array("idx1....".utf8), .jpeg)
    #expect(result.frames == files)
    #expect(result.padded == [false, true, true])
    #expect(result.damages == [] && result.garbage == [])
  }

  @Test func timesComeWithTimedFrames() throws {
    let files = try ["red.jpg", "blue.jpg"].map(fixture)
    func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 0xFF) } }
    var stream: [UInt8] = [0, 10] + Array("SMJPEG".utf8) + number(0) + number(0)
    stream += Array("_TXT".utf8) + number(4) + Array("text".utf8) + Array("HEND".utf8)
    for (index, file) in files.enumerated() {
      stream += Array("vidD".utf8) + number(40 * index) + number(file.count) + file
    }
    stream += Array("DONE".utf8)
    var splitter = FrameSplitter(.timedJPEG)
    var found: [FrameSplitter.Frame] = []
    for byte in stream {
      _ = splitter.append(upTo: 1) { buffer in
        buffer[0] = byte
        return 1
      }
      while case .frame(let frame)? = splitter.next() {
        #expect(Array(splitter.bytes[frame.range]) == files[found.count])
        found.append(frame)
      }
    }
    #expect(found.map(\.milliseconds) == [0, 40])
    #expect(splitter.remainder() == nil)
  }

  @Test func aFrameWithoutEndDoesNotFillTheMemory() throws {
    let red = try fixture("red.jpg")
    var splitter = FrameSplitter(.jpeg)
    _ = splitter.append(upTo: red.count) { buffer in
      buffer.copyBytes(from: red.dropLast(2))
      return red.count - 2
    }
    var damages = 0
    for _ in 0..<80 {
      _ = splitter.append(upTo: 1 << 20) { $0.count }
      while let piece = splitter.next() { if case .damage = piece { damages += 1 } }
      #expect(splitter.bytes.count <= FrameSplitter.largestFrame + 2 << 20)
    }
    #expect(damages == 1)
  }

  @Test func rawFramesAreCounted() {
    let stream = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    let result = split(stream, .raw(300))
    #expect(result.frames == (0..<3).map { Array(stream[$0 * 300..<($0 + 1) * 300]) })
    #expect(result.damages == ["the stream ends within a frame"])
  }
}
