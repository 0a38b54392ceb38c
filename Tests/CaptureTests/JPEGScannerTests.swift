import Capture
import TestSupport
import Testing

struct JPEGScannerTests {
  private func damage(_ bytes: [UInt8]) -> JPEGScanner.Damage? {
    var scanner = JPEGScanner()
    return if case .damaged(let damage, _) = scanner.advance(in: bytes.span) { damage } else { nil }
  }

  private func advance(_ scanner: inout JPEGScanner, _ bytes: [UInt8]) -> JPEGScanner.Progress {
    scanner.advance(in: bytes.span)
  }

  @Test(arguments: ["red.jpg", "waves.jpg", "thumbnail.jpg"])
  func findsTheEnd(of name: String) throws {
    let file = try fixture(name)
    var scanner = JPEGScanner()
    let bytes = file + [0xFF, 0xD8, 0xFF]
    #expect(advance(&scanner, bytes) == .complete(end: file.count))
    #expect((scanner.width, scanner.height) == (name == "thumbnail.jpg" ? (64, 48) : (640, 480)))
  }

  @Test func everyCutIsSeen() throws {
    let file = try fixture("thumbnail.jpg")
    for length in 0..<file.count {
      var scanner = JPEGScanner()
      #expect(advance(&scanner, Array(file.prefix(length))) == .needsMore, "cut to \(length) bytes")
      #expect(!scanner.hasEnd)
    }
    var scanner = JPEGScanner()
    #expect(advance(&scanner, file) == .complete(end: file.count))
    #expect(scanner.hasEnd)
  }

  @Test func continuesWhereItStopped() throws {
    let file = try fixture("waves.jpg")
    var scanner = JPEGScanner()
    var length = 1
    while length < file.count {
      #expect(advance(&scanner, Array(file.prefix(length))) == .needsMore)
      length += 997
    }
    #expect(advance(&scanner, file) == .complete(end: file.count))
  }

  @Test func namesWhatIsWrong() throws {
    let file = try fixture("red.jpg")
    #expect(damage([0, 0, 0, 0]) == .noStart)
    #expect(damage([0xFF, 0xD8, 0xFF, 0xD9]) == .noImage)
    #expect(damage([0xFF, 0xD8, 0xFF, 0x02]) == .badMarker)
    // Another frame begins within a table of this one.
    #expect(damage((file.prefix(40) + file)) == .truncated)
    var noHeight = file
    let header = try #require(noHeight.firstRange(of: [0xFF, 0xC0])?.lowerBound)
    noHeight[header + 5] = 0
    noHeight[header + 6] = 0
    #expect(damage(noHeight) == .badSize)
  }

  @Test func anotherStartEndsAnImage() throws {
    let file = try fixture("red.jpg")
    var scanner = JPEGScanner()
    #expect(advance(&scanner, file.prefix(700) + file) == .complete(end: 700))
    #expect(scanner.hasImage && !scanner.hasEnd)
  }

  /// Before an image a start is only a start: the last one counts.
  @Test func ofSeveralStartsTheLastOneCounts() throws {
    let file = try fixture("red.jpg")
    for before in [Array(file.prefix(2)), Array(file.prefix(20)), [0xFF, 0xD8, 0, 0, 0xFF]] {
      var scanner = JPEGScanner()
      #expect(advance(&scanner, before + file) == .complete(end: before.count + file.count))
      #expect(scanner.start == before.count)
      #expect((scanner.width, scanner.height) == (640, 480))
    }
  }

  /// As libjpeg passes over them.
  @Test func bytesBetweenSegmentsArePassedOver() throws {
    let file = try fixture("red.jpg")
    let fillings: [[UInt8]] = [
      [0, 0, 0, 0], [0xFF, 0xFE, 0, 0, 0, 0], [0xFF, 0xE5, 0, 1, 9, 9], [0xFF, 0xFF, 0xFF],
    ]
    for filling in fillings {
      let bytes = Array(file[..<20]) + filling + file[20...]
      var scanner = JPEGScanner()
      #expect(advance(&scanner, bytes) == .complete(end: bytes.count), "\(filling)")
    }
  }

  @Test func noiseNeverTraps() {
    var random = SplitMix64(seed: 7)
    for _ in 0..<20_000 {
      // Mostly bytes that mean something to the scanner.
      let bytes: [UInt8] =
        [0xFF, 0xD8]
        + (0..<Int.random(in: 0...40, using: &random)).map { _ in
          [
            0xFF, 0xD9, 0xC0, 0xDA, 0xE1, 0x00, 0x02, 0x08,
            UInt8.random(in: 0...255, using: &random),
          ]
          .randomElement(using: &random) ?? 0
        }
      var scanner = JPEGScanner()
      switch scanner.advance(in: bytes.span) {
      case .complete(let end): #expect(end <= bytes.count)
      case .damaged(_, let resume): #expect((1...bytes.count).contains(resume))
      case .needsMore: break
      }
    }
  }
}
