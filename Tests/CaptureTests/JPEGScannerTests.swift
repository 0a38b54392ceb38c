import Capture
import TestSupport
import Testing

struct JPEGScannerTests {
  private func damage(_ bytes: [UInt8]) -> JPEGScanner.Damage? {
    JPEGScanner.damage(in: bytes.span)
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
      #expect(damage(Array(file.prefix(length))) == .truncated, "cut to \(length) bytes")
    }
    #expect(damage(file) == nil)
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
    #expect(damage([0xFF, 0xD8, 0x00, 0x00]) == .badMarker)
    // Another frame begins within this one.
    #expect(damage((file.prefix(700) + file)) == .truncated)
    var noHeight = file
    let header = try #require(noHeight.firstRange(of: [0xFF, 0xC0])?.lowerBound)
    noHeight[header + 5] = 0
    noHeight[header + 6] = 0
    #expect(damage(noHeight) == .badSize)
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
