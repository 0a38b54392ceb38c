import Capture
import TestSupport
import Testing

struct FrameSplitterTests {
  /// Feeds `stream` in pieces of random lengths; returns the frames and the damages.
  private func split(
    _ stream: [UInt8], _ layout: FrameSplitter.Layout, seed: UInt64 = 1
  ) -> (frames: [[UInt8]], damages: [String]) {
    var random = SplitMix64(seed: seed)
    var splitter = FrameSplitter(layout)
    var rest = stream[...]
    var frames: [[UInt8]] = []
    var damages: [String] = []
    func note(_ piece: FrameSplitter.Piece) {
      switch piece {
      case .frame(let range): frames.append(Array(splitter.bytes[range]))
      case .damage(let what): damages.append(what)
      }
    }
    while !rest.isEmpty {
      let count = min(Int.random(in: 1...5000, using: &random), rest.count)
      let got = splitter.append(upTo: 5000) { buffer in
        buffer.copyBytes(from: rest.prefix(count))
        return count
      }
      rest = rest.dropFirst(got)
      while let piece = splitter.next() { note(piece) }
    }
    if let piece = splitter.remainder { note(piece) }
    return (frames, damages)
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>)
  func concatenatedFilesComeBack(seed: UInt64) throws {
    let files = try ["red.jpg", "thumbnail.jpg", "waves.jpg", "blue.jpg"].map(fixture)
    let (frames, damages) = split(Array(files.joined()), .jpeg, seed: seed)
    #expect(frames.map(\.count) == files.map(\.count))
    #expect((frames == files) == true)
    #expect(damages == [])
  }

  @Test func garbageBetweenFramesIsOneDamage() throws {
    let red = try fixture("red.jpg")
    var random = SplitMix64(seed: 3)
    var garbage = (0..<50_000).map { _ in UInt8.random(in: 0...254, using: &random) }
    garbage[0] = 1
    let (frames, damages) = split(red + garbage + red + garbage, .jpeg)
    #expect(frames == [red, red])
    #expect(damages.count == 2)
  }

  @Test(arguments: [1, 2, 300, 640, 5000])
  func aCutFrameCostsOnlyItself(length: Int) throws {
    let (red, waves) = (try fixture("red.jpg"), try fixture("waves.jpg"))
    let (frames, damages) = split(red + Array(waves.prefix(length)) + red + red, .jpeg)
    #expect(frames.map(\.count) == [red, red, red].map(\.count))
    #expect(frames.allSatisfy { $0 == red })
    #expect(damages.count == 1)
  }

  @Test func theEndMayComeTooEarly() throws {
    let red = try fixture("red.jpg")
    let (frames, damages) = split(red + red.dropLast(), .jpeg)
    #expect(frames == [red])
    #expect(damages == ["the stream ends within a frame"])
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
    let (frames, damages) = split(stream, .raw(300))
    #expect(frames == (0..<3).map { Array(stream[$0 * 300..<($0 + 1) * 300]) })
    #expect(damages == ["the stream ends within a frame"])
  }
}
