import Basics
import Classification
import Imaging
import Inference
import Live
import TestSupport
import Testing

@Suite("The live loop and a model that is replaced")
struct ModelReplacementTests {
  private let sink = FakeSink("s", FakeSink.Diary())
  private let successor = Monitor<Classifier?>(nil)

  /// A classifier; `prefix` is what its novel labels start with.
  private func classifier(
    _ prefix: String = "novel", imageSize: Int = 32, seed: UInt64 = 1
  ) throws -> Classifier {
    var fixture = ModelFixture(.mmrlPlusPlus, imageSize: imageSize, seed: seed)
    for index in fixture.manifest.labelSets.indices
    where fixture.manifest.labelSets[index].kind == .novel {
      fixture.manifest.labelSets[index].labels = ["\(prefix) 0", "\(prefix) 1"]
    }
    return try Classifier(Engine(fixture.reader(), threads: 1))
  }

  private func source(_ levels: [UInt8]) -> FakeSource {
    source(levels.map { Made.image($0, field: 200) })
  }

  private func source(_ images: [Image]) -> FakeSource {
    FakeSource("cam", images.map { FakeSource.Frame(image: $0) })
  }

  private func run(
    _ source: FakeSource, _ classifier: Classifier, sink: FakeSink? = nil,
    _ change: (inout LiveConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = LiveConfiguration()
    change(&configuration)
    let loop = LiveLoop(
      [source], classifier, configuration, SinkList([sink ?? self.sink]), successor: successor,
      wake: try WakePipe(), isInterrupted: { false })
    #expect(loop.run() == .done)
  }

  /// All labels of a record with their scores.
  private func scored(_ record: Record) throws -> [ScoredLabel] {
    guard case .labels(let labels) = record.outcome else { return [] }
    return labels.labels
  }

  /// The same of a frame by itself.
  private func scored(_ level: UInt8, by classifier: Classifier) throws -> [ScoredLabel] {
    try scored(Made.image(level, field: 200), by: classifier)
  }

  private func scored(_ image: Image, by classifier: Classifier) throws -> [ScoredLabel] {
    let lonely = FakeSink("l", FakeSink.Diary())
    let loop = LiveLoop(
      [source([image])], classifier, LiveConfiguration(), SinkList([lonely]), wake: try WakePipe(),
      isInterrupted: { false })
    #expect(loop.run() == .done)
    return try scored(#require(lonely.records.first))
  }

  @Test("It switches between two frames and loses none; the sinks are told in between")
  func switching() throws {
    let (old, new) = (try classifier(), try classifier("new", imageSize: 48, seed: 2))
    let frames = source([UInt8](repeating: 9, count: 6))
    frames.beforeFrame = { index in
      // It comes while the frame is being taken: the next one is the first that it sees.
      if index == 2 { successor.with { $0 = new } }
    }
    let expected = (try scored(9, by: old), try scored(9, by: new))
    try run(frames, old)
    #expect(sink.frames.map(\.sequence) == Array(1...6))
    #expect(
      try sink.records.map(scored)
        == [expected.0, expected.0, expected.0, expected.1, expected.1, expected.1])
    #expect(
      sink.diary.lines == [
        "s start", "s take 0", "s take 0", "s take 0", "s model [3, 2]", "s take 0", "s take 0",
        "s take 0", "s ended 0", "s finish",
      ])
    // Frames are decoded for the new one's input from then on.
    #expect(frames.modelEdge == 48)
  }

  @Test("With other labels the answer is decided afresh, with the same it goes on")
  func decisions() throws {
    for (next, changes) in [
      (try classifier("new"), [true, false, true, false]),
      (try classifier(), [true, false, false, false]),
    ] {
      let sink = FakeSink("s", FakeSink.Diary())
      let frames = source([9, 9, 9, 9])
      frames.beforeFrame = { index in if index == 1 { successor.with { $0 = next } } }
      try run(frames, classifier(), sink: sink)
      #expect(sink.changes.map { $0 != nil } == changes)
    }
  }

  @Test("What is ignored is so of the model that answers; a model that lacks it ignores nothing")
  func ignored() throws {
    let old = try classifier(seed: 2)
    let image = try #require(
      try (0..<12).map(Made.stripes).first { try scored($0, by: old)[0].set == .novel })
    let label = try scored(image, by: old)[0].label
    for (next, changes) in [
      (try classifier(seed: 2), [false, false, false]),
      (try classifier("new", seed: 2), [false, true, false]),
    ] {
      let sink = FakeSink("s", FakeSink.Diary())
      let frames = source([image, image, image])
      frames.beforeFrame = { index in if index == 0 { successor.with { $0 = next } } }
      try run(frames, classifier(seed: 2), sink: sink) { $0.ignored = [label] }
      #expect(sink.changes.map { $0 != nil } == changes)
    }
  }

  @Test("With other labels an answer that is held starts afresh, with the same it goes on")
  func hold() throws {
    for (next, changes) in [
      (try classifier("new"), [false, false, false, false, true]),
      (try classifier(), [false, false, true, false, false]),
    ] {
      let sink = FakeSink("s", FakeSink.Diary())
      let frames = source([9, 9, 9, 9, 9])
      frames.beforeFrame = { index in if index == 1 { successor.with { $0 = next } } }
      try run(frames, classifier(), sink: sink) { $0.hold = .frames(3) }
      #expect(sink.changes.map { $0 != nil } == changes)
    }
  }

  @Test("With other labels averages start afresh, with the same they go on")
  func averages() throws {
    let old = try classifier()
    let first = try scored(9, by: old)
    for (next, isAfresh) in [
      (try classifier("new", seed: 2), true), (try classifier(seed: 2), false),
    ] {
      let sink = FakeSink("s", FakeSink.Diary())
      let frames = source([9, 9])
      frames.beforeFrame = { index in if index == 0 { successor.with { $0 = next } } }
      let own = try scored(9, by: next)
      // Otherwise nothing was to be seen.
      #expect(own.map(\.label) != first.map(\.label) || own[0].score != first[0].score)
      // So long a time that what is averaged stays as it was at first.
      try run(frames, old, sink: sink) { $0.halfLife = 1e9 }
      let last = try scored(#require(sink.records.last))
      let expected = isAfresh ? own : first
      #expect(last.map(\.label) == expected.map(\.label))
      #expect(zip(last, expected).allSatisfy { abs($0.score - $1.score) < 1e-4 })
    }
  }

  @Test("A still scene is classified once more by the new model")
  func still() throws {
    let new = try classifier("new")
    let frames = source([9, 9, 9, 9, 9])
    frames.beforeFrame = { index in if index == 2 { successor.with { $0 = new } } }
    try run(frames, classifier()) { $0.skipsStill = true }
    #expect(sink.frames.map(\.sequence) == [1, 4])
  }

  @Test("Of fifty replacements each lets go of the model before it, and no frame is lost")
  func release() throws {
    let engines = Engines()
    func tracked(_ index: Int) throws -> Classifier {
      let classifier = try classifier("label \(index)")
      engines.list.append(Engines.Entry(engine: classifier.engine))
      return classifier
    }
    let frames = source((0..<51).map { UInt8($0) })
    frames.beforeFrame = { index in
      #expect(engines.alive == min(index, 1))
      do {
        let next = try tracked(index + 1)
        successor.with { $0 = next }
      } catch {
        Issue.record(error)
      }
    }
    try run(frames, tracked(0))
    #expect(sink.frames.map(\.sequence) == Array(1...51))
    #expect(
      try sink.records.map { try scored($0).filter { $0.set == .novel }.map(\.label).min() }
        == (0..<51).map { "label \($0) 0" })
    #expect(engines.list.count == 52)
  }

  /// Engines that were made, without keeping them.
  private final class Engines {
    struct Entry { weak var engine: Engine? }
    var list: [Entry] = []
    /// How many are still there besides the first, which the test itself holds.
    var alive: Int { list.dropFirst().count { $0.engine != nil } }
  }
}
