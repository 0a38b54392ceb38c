import Basics
import Capture
import Classification
import Imaging
import Inference
import Live
import ModelFile
import TestSupport
import Testing

@Suite("The part of frames that is looked at")
struct FramePartTests {
  private static func classifier(_ region: String? = nil) throws -> Classifier {
    var fixture = Made.stripesModel
    if let region = region.flatMap(ImageRegion.init) {
      fixture.manifest.preprocessing.region = Manifest.Preprocessing.Region(
        x: region.x, y: region.y, width: region.width, height: region.height)
    }
    return try Classifier(Engine(fixture.reader(), threads: 1))
  }

  /// Stripes in the middle of a frame of 96x80, and noise about them.
  private static func framed(_ index: Int) -> Image {
    let stripes = Made.stripes(index)
    var random = SplitMix64(seed: UInt64(index))
    var pixels: [UInt8] = []
    for y in 0..<80 {
      for x in 0..<96 {
        let isInside = (20..<60).contains(y) && (24..<72).contains(x)
        for channel in 0..<3 {
          let noise = UInt8(truncatingIfNeeded: random.next())
          pixels.append(
            isInside ? stripes.pixels[((y - 20) * 48 + x - 24) * 3 + channel] : noise)
        }
      }
    }
    return Image(width: 96, height: 80, pixels: pixels)
  }

  /// The records of frames, what else was said, and what edge the source was asked for at the end.
  private func run(
    _ images: [Image], _ classifier: Classifier, _ parts: FrameParts = FrameParts(),
    successor: Classifier? = nil
  ) throws -> (scores: [[Float]], said: [String], edge: Int?) {
    let sink = FakeSink("s", FakeSink.Diary())
    let source = FakeSource("cam", images.map { FakeSource.Frame(image: $0) })
    var configuration = LiveConfiguration()
    configuration.parts = parts
    let next = Monitor<Classifier?>(nil)
    source.beforeFrame = { if $0 == 0, let successor { next.with { $0 = successor } } }
    let loop = LiveLoop(
      [source], classifier, configuration, SinkList([sink]), successor: next,
      wake: try WakePipe(), isInterrupted: { false })
    #expect(loop.run() == .done)
    let scores = sink.records.map { record -> [Float] in
      guard case .labels(let labels) = record.outcome else { return [] }
      return labels.labels.map(\.score)
    }
    return (scores, sink.diary.lines.filter { $0.contains("event") }, source.modelEdge)
  }

  private func parts(_ usual: FramePart? = nil, cam: FramePart? = nil) -> FrameParts {
    var parts = FrameParts()
    parts.usual = usual
    parts.ofSource["cam"] = cam
    return parts
  }

  @Test("Fractions, pixels and the model's own part see what stands in them alone")
  func looked() throws {
    let middle = try #require(ImageRegion("0.25,0.25,0.5,0.5"))
    let box = PixelBox(top: 20, left: 24, height: 40, width: 48)
    let other = try #require(ImageRegion("0,0,0.3,0.3"))
    let frames = (0..<3).map(Self.framed)
    let expected = try run((0..<3).map(Made.stripes), Self.classifier()).scores
    let whole = try run(frames, Self.classifier())
    #expect(whole.scores != expected && whole.edge == 0)

    for asked in [
      parts(.fractions(middle)), parts(.pixels(box)), parts(.fractions(other), cam: .pixels(box)),
    ] {
      let seen = try run(frames, Self.classifier(), asked)
      #expect(seen.scores == expected)
      #expect(seen.said.isEmpty)
    }
    #expect(try run(frames, Self.classifier("0.25,0.25,0.5,0.5")).scores == expected)
    // What is asked for goes before what the model says.
    let asked = try run(frames, Self.classifier("0,0,0.3,0.3"), parts(.fractions(middle)))
    #expect(asked.scores == expected)
  }

  @Test("Once pixels are known as fractions, frames are decoded as small as these need")
  func edges() throws {
    let box = PixelBox(top: 20, left: 24, height: 40, width: 48)
    #expect(try run([Self.framed(1)], Self.classifier(), parts(.pixels(box))).edge == 64)
  }

  @Test("A part that leaves the picture is said, once, and what is inside is looked at")
  func outside() throws {
    let frames = (0..<3).map(Self.framed)
    let box = PixelBox(top: 20, left: 24, height: 400, width: 480)
    let left = try run(frames, Self.classifier(), parts(.pixels(box)))
    let inside = try #require(
      ImageRegion(PixelBox(top: 20, left: 24, height: 60, width: 72), width: 96, height: 80))
    #expect(left.scores == (try run(frames, Self.classifier(), parts(.fractions(inside))).scores))
    #expect(
      left.said.count == 1 && left.said[0].contains("leaves the picture")
        && left.said[0].contains("frames are 96x80"))

    let beyond = PixelBox(top: 200, left: 0, height: 40, width: 40)
    let nothing = try run(frames, Self.classifier(), parts(.pixels(beyond)))
    #expect(nothing.scores == (try run(frames, Self.classifier()).scores))
    #expect(nothing.said.count == 1 && nothing.said[0].contains("is not in the picture"))

    let corner = PixelBox(top: 79, left: 95, height: 4, width: 4)
    let pixel = try run(frames, Self.classifier(), parts(.pixels(corner)))
    #expect(pixel.scores != nothing.scores && pixel.said[0].contains("leaves the picture"))
  }

  @Test("A model that takes another's place brings its part")
  func replaced() throws {
    let frames = (0..<3).map(Self.framed)
    let next = try Self.classifier("0.25,0.25,0.5,0.5")
    let seen = try run(frames, Self.classifier(), successor: next)
    let expected = try run((0..<3).map(Made.stripes), Self.classifier()).scores
    #expect(seen.scores[0] != expected[0] && Array(seen.scores[1...]) == Array(expected[1...]))
    #expect(seen.edge == 64)
  }

  @Test("Another part is looked at from the next frame on, told to all, and as from afresh")
  func asked() throws {
    let middle = try #require(ImageRegion("0.25,0.25,0.5,0.5"))
    let sink = FakeSink("s", FakeSink.Diary())
    sink.wanted = [0]
    let requests = PartRequests(wake: {})
    // The same frame again and again: what changes is where it is looked at.
    let source = FakeSource("cam", (0..<6).map { _ in FakeSource.Frame(image: Self.framed(1)) })
    source.beforeFrame = { index in
      if index == 1 { requests.ask(for: middle, of: 0) }
      if index == 3 { requests.ask(for: .whole, of: 0) }
    }
    var configuration = LiveConfiguration()
    configuration.halfLife = 1000
    let loop = LiveLoop(
      [source], try Self.classifier(), configuration, SinkList([sink]), parts: requests,
      wake: try WakePipe(), isInterrupted: { false })
    #expect(loop.run() == .done)
    // No average goes over two parts.
    let scores = sink.records.map { record -> [Float] in
      guard case .labels(let labels) = record.outcome else { return [] }
      return labels.labels.map(\.score)
    }
    let whole = try run([Self.framed(1)], Self.classifier()).scores[0]
    let part = try run([Made.stripes(1)], Self.classifier()).scores[0]
    func areAlike(_ one: [Float], _ other: [Float]) -> Bool {
      zip(one, other).allSatisfy { abs($0 - $1) < 1e-5 }
    }
    #expect(scores.count == 6 && !areAlike(whole, part))
    #expect(zip(scores, [whole, whole, part, part, whole, whole]).allSatisfy(areAlike))
    #expect(sink.parts.map(\.region) == [.whole, middle, .whole])
    #expect(sink.parts.allSatisfy { $0.learnt == nil && $0.remark == nil })
    // Frames are shown whole, with what a photo has to show.
    #expect(sink.shown.map(\.part) == [nil, nil, middle, middle, nil, nil])
    #expect(source.modelEdge == 32 && requests.last == [0: .whole])
  }

  @Test("What a model learnt from is told, and a photo of that part is the whole one")
  func learnt() throws {
    let own = try #require(ImageRegion("0.25,0.25,0.5,0.5"))
    let other = try #require(ImageRegion("0,0,0.5,0.5"))
    func run(_ parts: FrameParts) throws -> FakeSink {
      let sink = FakeSink("s", FakeSink.Diary())
      sink.wanted = [0]
      var configuration = LiveConfiguration()
      configuration.parts = parts
      let source = FakeSource("cam", [FakeSource.Frame(image: Self.framed(1))])
      let loop = LiveLoop(
        [source], try Self.classifier("0.25,0.25,0.5,0.5"), configuration, SinkList([sink]),
        wake: try WakePipe(), isInterrupted: { false })
      #expect(loop.run() == .done)
      return sink
    }
    for parts in [FrameParts(), parts(.fractions(own))] {
      let sink = try run(parts)
      #expect(sink.parts == [LookedAt(region: own, learnt: own)] && sink.shown[0].part == nil)
      #expect(sink.parts[0].remark == nil)
    }
    let sink = try run(parts(.fractions(other)))
    #expect(sink.parts == [LookedAt(region: other, learnt: own)] && sink.shown[0].part == other)
    #expect(sink.parts[0].remark?.contains("learnt from the part 0.25,0.25,0.5,0.5") == true)
    // Pixels are known once there is a frame.
    let box = PixelBox(top: 0, left: 0, height: 40, width: 48)
    #expect(try run(parts(.pixels(box))).parts == sink.parts)
  }

  @Test("A later frame of another size is looked at in the same place")
  func otherSize() throws {
    let box = PixelBox(top: 20, left: 24, height: 40, width: 48)
    let small = Self.framed(2)
    var large: [UInt8] = []
    for y in 0..<160 {
      for x in 0..<192 {
        let start = (y / 2 * 96 + x / 2) * 3
        large += small.pixels[start..<start + 3]
      }
    }
    let frames = [small, Image(width: 192, height: 160, pixels: large)]
    let middle = try #require(ImageRegion("0.25,0.25,0.5,0.5"))
    let seen = try run(frames, Self.classifier(), parts(.pixels(box)))
    #expect(seen.scores == (try run(frames, Self.classifier(), parts(.fractions(middle))).scores))
    #expect(seen.said.isEmpty)
  }

  @Test("A part of a frame's file is that part")
  func photo() throws {
    let part = try #require(ImageRegion("0.25,0.25,0.5,0.5"))
    let image = Self.framed(1)
    let middle = image.part(part)
    #expect(middle == Made.stripes(1))
    var decoder = ImageDecoder()
    for content in [
      ShownFrame.Content.pixels(image), .jpeg(try JPEGEncoder().encode(image, quality: 95)),
    ] {
      let photo = try decoder.decode(content.file(of: part, quality: 95)).image
      #expect(photo.width == 48 && photo.height == 40)
      let distance = zip(photo.pixels, middle.pixels).map { abs(Int($0) - Int($1)) }.reduce(0, +)
      #expect(distance < 24 * photo.pixels.count, "\(distance)")
    }
    #expect(throws: ImageError.self) {
      try ShownFrame.Content.jpeg([1, 2, 3]).file(of: part, quality: 90)
    }
  }
}
