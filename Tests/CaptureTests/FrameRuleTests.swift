import Capture
import Imaging
import TestSupport
import Testing

/// Good frames made faulty in every way that cameras know, judged, and compared with what the good frame shows.
@Suite struct FrameRuleTests {
  private static let (width, height) = (640, 480)

  private struct Judged {
    var verdict: FrameVerdict
    var image: Image

    var isShown: Bool { if case .shown = verdict { true } else { false } }
  }

  private static func judge(
    _ bytes: [UInt8], width: Int = FrameRuleTests.width
  ) -> Judged {
    // At full scale.
    var decoder = FrameDecoder(shortEdge: height)
    var image = Image(width: 1, height: 1)
    let format = FrameFormat(code: .mjpg, width: width, height: height)
    let verdict = decoder.decode(bytes.span, format, into: &image)
    return Judged(verdict: verdict, image: image)
  }

  /// The mean difference of pixels, and how many of the rows from the top on are equal.
  private static func compare(_ image: Image, _ clean: Image) -> (mean: Double, equalRows: Int) {
    guard image.pixels.count == clean.pixels.count else { return (255, 0) }
    var sum = 0
    var first = clean.pixels.count
    for index in clean.pixels.indices where image.pixels[index] != clean.pixels[index] {
      sum += abs(Int(image.pixels[index]) - Int(clean.pixels[index]))
      first = min(first, index)
    }
    return (Double(sum) / Double(clean.pixels.count), first / (clean.width * 3))
  }

  // MARK: What a JPEG is made of

  private struct Parts {
    var bytes: [UInt8]
    /// Marker and place of each segment before the image's data.
    var segments: [(code: UInt8, range: Range<Int>)] = []
    /// Without the end marker.
    var data: Range<Int> = 0..<0
    /// Places of restart markers.
    var restarts: [Int] = []

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      var place = 2
      while segments.last?.code != 0xDA {
        let length = Int(bytes[place + 2]) << 8 + Int(bytes[place + 3])
        segments.append((bytes[place + 1], place..<place + 2 + length))
        place += 2 + length
      }
      data = place..<bytes.count - 2
      restarts = data.dropLast().filter {
        bytes[$0] == 0xFF && (0xD0...0xD7).contains(bytes[$0 + 1])
      }
    }

    func range(_ code: UInt8) -> Range<Int> { segments.first { $0.code == code }?.range ?? 0..<0 }

    func without(_ code: UInt8) -> [UInt8] {
      let removed = segments.filter { $0.code == code }.map(\.range)
      return bytes.indices.filter { place in !removed.contains { $0.contains(place) } }
        .map { bytes[$0] }
    }

    func inserting(_ new: [UInt8], at place: Int) -> [UInt8] {
      Array(bytes[..<place]) + new + bytes[place...]
    }

    func setting(_ place: Int, _ value: UInt8) -> [UInt8] {
      var copy = bytes
      copy[place] = value
      return copy
    }
  }

  private static let waves = Result { try fixture("waves.jpg") }
  private static let restarts = Result { try fixture("restarts.jpg") }

  // MARK: Shown

  private static func harmless() throws -> [(name: String, bytes: [UInt8], odd: [Oddity])] {
    let parts = Parts(try waves.get())
    let marked = Parts(try restarts.get())
    let end = parts.data.upperBound
    let spare: [UInt8] = [0x12, 0x34, 0x56]
    let spareAtRestarts = marked.restarts.reversed().reduce(marked.bytes) { bytes, place in
      Array(bytes[..<place]) + spare + bytes[place...]
    }
    let adobe: [UInt8] = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 7]
    let header = parts.segments[0].range.upperBound
    let scan = parts.range(0xDA)
    return [
      ("as it is", parts.bytes, []),
      ("with restarts, as it is", marked.bytes, []),
      ("spare bytes before restarts", spareAtRestarts, [.spare]),
      (
        "many spare bytes before a restart",
        marked.inserting([UInt8](repeating: 0x5A, count: 200), at: marked.restarts[3]), [.spare]
      ),
      (
        "spare bytes before the end", parts.inserting([UInt8](repeating: 0x5A, count: 40), at: end),
        [.spare]
      ),
      (
        "spare zeros before the end", parts.inserting([UInt8](repeating: 0, count: 64), at: end),
        [.spare]
      ),
      ("an unknown JFIF revision", parts.setting(parts.range(0xE0).lowerBound + 9, 9), [.header]),
      (
        "an unknown Adobe transform", Parts(parts.without(0xE0)).inserting(adobe, at: 2), [.header]
      ),
      ("odd parameters of the scan", parts.setting(scan.upperBound - 2, 5), [.header]),
      ("zeros after the start", parts.inserting([0, 0, 0, 0], at: 2), [.header]),
      (
        "a comment of zeros",
        parts.inserting([0xFF, 0xFE] + [UInt8](repeating: 0, count: 30), at: header), [.header]
      ),
      (
        "a comment longer than it says",
        parts.inserting([0xFF, 0xFE, 0, 4] + Array("a longer text".utf8), at: header), [.header]
      ),
      (
        "an APP segment of no length",
        parts.inserting([0xFF, 0xE4, 0, 0, 7, 7, 7, 7], at: header), [.header]
      ),
      (
        "an APP segment that says to reach over the tables",
        parts.setting(parts.range(0xE0).lowerBound + 2, 2), [.header]
      ),
      (
        "an APP segment that says to reach into the image",
        parts.setting(parts.range(0xE0).lowerBound + 2, 0x1F), [.header]
      ),
      (
        "a thumbnail behind the end that its segment states",
        parts.inserting(
          [0xFF, 0xE1, 0, 32] + [UInt8](repeating: 7, count: 30) + (try fixture("thumbnail.jpg")),
          at: header), [.header]
      ),
      ("zeros after the end", parts.bytes + [UInt8](repeating: 0, count: 3000), [.padding]),
      ("0xFF after the end", parts.bytes + [0xFF, 0xFF, 0xFF], [.padding]),
      ("an end marker more", parts.bytes + [0xFF, 0xD9], [.padding]),
      ("no end marker", Array(parts.bytes.dropLast(2)), [.end]),
      ("half an end marker", Array(parts.bytes.dropLast()), [.end]),
      ("two start markers", [0xFF, 0xD8] + parts.bytes, [.start]),
      ("a start and a header more", Array(parts.bytes[..<header]) + parts.bytes, [.start]),
      ("part of a frame, then all of it", Array(parts.bytes[..<9000]) + parts.bytes, [.start]),
      ("no Huffman tables", parts.without(0xC4), [.tables]),
    ]
  }

  @Test("What no pixel suffers from is shown, to the pixel, and counted")
  func shown() throws {
    let clean = Self.judge(try Self.waves.get()).image
    #expect(clean.width == Self.width)
    for (name, bytes, odd) in try Self.harmless() {
      let judged = Self.judge(bytes)
      #expect(judged.verdict == .shown(odd), "\(name)")
      let isEqual = judged.image == clean
      #expect(isEqual, "\(name)")
    }
  }

  /// The end is cut within the last row of blocks: a piece of 16 rows is grey, and no more.
  @Test func aCutLastRowIsShown() throws {
    let parts = Parts(try Self.restarts.get())
    let last = try #require(parts.restarts.last)
    let clean = Self.judge(parts.bytes).image
    for cut in [last + 10, (last + parts.data.upperBound) / 2, parts.data.upperBound - 1] {
      let judged = Self.judge(Array(parts.bytes[..<cut]))
      #expect(judged.verdict == .shown([.end]))
      #expect(Self.compare(judged.image, clean).equalRows >= Self.height - 18)
    }
  }

  // MARK: Dropped

  private static func misleading() throws -> [(name: String, bytes: [UInt8], why: String)] {
    let parts = Parts(try waves.get())
    let marked = Parts(try restarts.get())
    let data = parts.data
    let (third, half) = (data.lowerBound + data.count / 3, data.lowerBound + data.count / 2)
    var random = SplitMix64(seed: 5)
    var overwritten = parts.bytes
    for place in half..<half + 200 {
      overwritten[place] = UInt8.random(in: 0...254, using: &random)
    }
    var zeros = parts.bytes
    for place in half..<half + 512 { zeros[place] = 0 }
    let (first, second) = (marked.restarts[4], marked.restarts[5])
    return [
      ("no quantisation tables", parts.without(0xDB), "corrupt JPEG"),
      ("an unknown process", parts.setting(parts.range(0xC0).lowerBound + 1, 0xC3), "unsupported"),
      ("no start", Array(parts.bytes.dropFirst()), "does not start as a JPEG"),
      (
        "a lost restart marker",
        Array(marked.bytes[..<first]) + marked.bytes[(first + 2)...], "a restart marker"
      ),
      (
        "a lost interval", Array(marked.bytes[..<first]) + marked.bytes[second...],
        "a restart marker"
      ),
      (
        "a wrong restart marker", marked.setting(first + 1, marked.bytes[first + 1] ^ 4),
        "a restart marker"
      ),
      ("bytes overwritten", overwritten, ""),
      ("zeros where a packet was", zeros, ""),
      (
        "bytes inserted",
        parts.inserting((0..<20).map { UInt8($0 * 11) }, at: third), "out of step"
      ),
      (
        // Of those the decoder has up to eight in its register already.
        "much left over",
        parts.inserting([UInt8](repeating: 0x5A, count: 73), at: data.upperBound), "left over"
      ),
      ("half of it", Array(parts.bytes[..<half]), "ends too early"),
      (
        "nine tenths of it", Array(parts.bytes[..<(data.lowerBound + data.count * 9 / 10)]),
        "ends too early"
      ),
      ("half of it with an end", Array(parts.bytes[..<half]) + [0xFF, 0xD9], "from its middle"),
      (
        "all but the last rows, and an end",
        Array(marked.bytes[..<(marked.restarts.last ?? 0)]) + [0xFF, 0xD9], "was lost"
      ),
      ("headers alone", Array(parts.bytes[..<200]), "ends too early"),
      ("nothing", [], "ends too early"),
    ]
  }

  @Test("What would mislead is dropped, and the reason said")
  func dropped() throws {
    for (name, bytes, why) in try Self.misleading() {
      guard case .refused(let reason) = Self.judge(bytes).verdict else {
        Issue.record("\(name) is shown")
        continue
      }
      #expect(why.isEmpty || reason.contains(why), "\(name): \(reason)")
    }
    #expect(
      Self.judge(try Self.waves.get(), width: 320).verdict
        == .refused("is 640x480, not 320x480 as agreed"))
  }

  // MARK: Lost packets

  @Test("A lost packet is dropped unless nothing is to be seen of it", arguments: [512, 3072])
  func packets(size: Int) throws {
    var (shown, dropped) = (0, 0)
    for original in [try Self.waves.get(), try Self.restarts.get()] {
      let clean = Self.judge(original).image
      let places = [10, 50, 90, 99] + Array(stride(from: 1, to: 100, by: 2))
      for percent in places {
        let first = original.count * percent / 100
        let rest = original.dropFirst(first + size)
        let judged = Self.judge(Array(original[..<first]) + rest)
        if judged.isShown {
          // All but the last row of blocks, of 16 rows and what is interpolated above them.
          let rows = Self.compare(judged.image, clean).equalRows
          #expect(rows >= Self.height - 18, "\(size) bytes at \(percent) %: \(rows) rows")
          shown += 1
        } else {
          dropped += 1
        }
        // In the middle it always shows.
        if [10, 50, 90].contains(percent) { #expect(!judged.isShown, "\(size) at \(percent) %") }
      }
    }
    #expect(dropped > 90 && shown < 12, "\(shown) shown, \(dropped) dropped")
  }

  /// Where the codes fall into step again after as many blocks as there were, nothing tells of the damage.
  @Test("Of frames with 128 bytes overwritten hardly any is shown that would mislead")
  func overwritten() throws {
    let original = try Self.waves.get()
    let clean = Self.judge(original).image
    let data = Parts(original).data
    var random = SplitMix64(seed: 9)
    var misleading = 0
    for _ in 0..<100 {
      var bytes = original
      let first = Int.random(in: data.lowerBound..<data.upperBound - 128, using: &random)
      for place in first..<first + 128 { bytes[place] = UInt8.random(in: 0...255, using: &random) }
      let judged = Self.judge(bytes)
      if judged.isShown, Self.compare(judged.image, clean).mean >= 2 { misleading += 1 }
    }
    #expect(misleading <= 1)
  }
}
