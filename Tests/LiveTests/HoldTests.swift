import Basics
import Capture
import Classification
import Imaging
import Inference
import Live
import TestSupport
import Testing

/// Sequences of two images, "x" and "y", that the model answers by different labels.
@Suite("The live loop and answers that have to hold")
struct HoldTests {
  /// Of images, what the model says of each.
  private static func answers(_ images: [Image]) throws -> [String] {
    let sink = FakeSink("s", FakeSink.Diary())
    try run([FakeSource("all", images.map { FakeSource.Frame(image: $0) })], sink)
    return sink.records.map { record in
      guard case .labels(let labels) = record.outcome else { return "" }
      return labels.answer.text
    }
  }

  private static let engine = Result {
    try Engine(Made.stripesModel.reader(), threads: 1)
  }

  private static let pair = Result {
    let images = (0..<12).map(Made.stripes)
    let answers = try Self.answers(images)
    let other = try #require(answers.firstIndex { $0 != answers[0] }, "images of two labels")
    return (x: images[0], y: images[other], labels: (x: answers[0], y: answers[other]))
  }

  private static func run(
    _ sources: [FakeSource], _ sink: FakeSink,
    _ change: (inout LiveConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = LiveConfiguration()
    configuration.hysteresis = 0
    change(&configuration)
    let loop = LiveLoop(
      sources, try Classifier(engine.get()), configuration, SinkList([sink]), wake: try WakePipe(),
      isInterrupted: { false })
    #expect(loop.run() == .done)
  }

  /// A source of images, "x" or "y", a frame in so many seconds of a recording, if it is one.
  private func source(_ images: String, every step: Double? = nil) throws -> FakeSource {
    let pair = try Self.pair.get()
    return FakeSource(
      images,
      images.enumerated().map { index, name in
        FakeSource.Frame(
          image: name == "x" ? pair.x : pair.y, position: step.map { $0 * Double(index) })
      })
  }

  /// The numbers of a source's frames with which the answer changed.
  private func changes(_ sink: FakeSink, of source: Int = 0) -> [Int] {
    sink.changes.indices.filter { sink.sources[$0] == source && sink.changes[$0] != nil }
      .map { sink.frames[$0].sequence }
  }

  private let sink = FakeSink("s", FakeSink.Diary())

  @Test("Each source has a decision of its own; a change comes with a record that says the same")
  func sources() throws {
    try Self.run([source("xyyyx"), source("xxyxx"), source("yx")], sink) { $0.hold = .frames(2) }
    #expect(changes(sink, of: 0) == [3])
    #expect(changes(sink, of: 1) == [2])
    #expect(changes(sink, of: 2).isEmpty)
    for (change, record) in zip(sink.changes, sink.records) {
      guard let change, case .labels(let labels) = record.outcome else { continue }
      #expect(change == labels.answer)
    }
  }

  @Test("Seconds are those of a recording's own clock, and go on over frames that are passed over")
  func recording() throws {
    try Self.run([source("xxxxxyyyyyyy", every: 0.5)], sink) { $0.hold = .seconds(2) }
    #expect(changes(sink) == [5, 10])
    let sparse = FakeSink("s", FakeSink.Diary())
    try Self.run([source("xxxxxyyyyyyy", every: 0.5)], sparse) {
      $0.hold = .seconds(2)
      $0.interval = 1
    }
    #expect(sparse.frames.map(\.sequence) == [1, 3, 5, 7, 9, 11])
    #expect(changes(sparse) == [5, 11])
  }

  @Test("Still frames are not skipped while an answer is held, and are again once it counts")
  func still() throws {
    try Self.run([source("xxxxxyyyyy")], sink) {
      $0.hold = .frames(3)
      $0.skipsStill = true
    }
    #expect(sink.frames.map(\.sequence) == [1, 2, 3, 6, 7, 8])
    #expect(changes(sink) == [3, 8])
    #expect(sink.reports.first?.still == 4)
  }

  @Test("Still frames are not skipped until the average has come to what they show")
  func stillAndSmooth() throws {
    try Self.run([source("xxxxxxxxxyyyyyyyyy", every: 0.5)], sink) {
      $0.halfLife = 0.5
      $0.skipsStill = true
    }
    #expect(sink.frames.map(\.sequence) == [1, 2, 3, 4, 5, 10, 11, 12, 13, 14])
    #expect(changes(sink).count == 2)
  }

  @Test("An ignored label is in records and no change")
  func ignored() throws {
    let label = try Self.pair.get().labels.y
    try Self.run([source("yxyx")], sink) { $0.ignored = [label.uppercased()] }
    #expect(changes(sink) == [2])
    guard case .labels(let labels)? = sink.records.first?.outcome else { return }
    #expect(labels.answer.text == label)
  }
}
