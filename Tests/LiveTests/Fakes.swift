import Basics
import Capture
import Classification
import Imaging
import Inference
import Live
import TestSupport

/// A source whose frames a test names.
final class FakeSource: FrameSource {
  struct Frame {
    var image: Image
    var dropped = 0
    var position: Double?
  }

  let name: String
  var faults = FaultCounts()
  var interval: Double? { nil }
  var descriptor: Int32 { -1 }
  var deadline: MonotonicTime? { .now }
  private(set) var hasEnded = false
  var keepsJPEG = false
  var jpeg: [UInt8] { keepsJPEG ? [1] : [] }
  var modelEdge: Int? = 0
  /// Called with a frame's place before the frame is handed out.
  var beforeFrame: (Int) -> Void = { _ in }
  private var count = 0
  private var frames: [Frame]
  private var sequence: UInt32 = 0
  private let staysOpen: Bool

  init(_ name: String, _ frames: [Frame], staysOpen: Bool = false) {
    self.name = name
    self.frames = frames
    self.staysOpen = staysOpen
  }

  func next(into image: inout Image) -> FrameInfo? {
    guard !frames.isEmpty else {
      hasEnded = !staysOpen
      return nil
    }
    beforeFrame(count)
    count += 1
    let frame = frames.removeFirst()
    image = frame.image
    sequence += UInt32(frame.dropped) + 1
    return FrameInfo(
      sequence: sequence, captured: .now, dropped: frame.dropped, position: frame.position)
  }
}

/// A sink that notes what it is told.
final class FakeSink: Sink {
  /// What all sinks of a test were told, in order.
  final class Diary { var lines: [String] = [] }

  let name: String
  let diary: Diary
  /// After so many records it ends the program.
  var recordLimit = Int.max
  var wanted: Set<Int> = []
  private(set) var records: [Record] = []
  private(set) var shown: [ShownFrame] = []
  /// The parts that it was told of, of all sources.
  private(set) var parts: [LookedAt] = []
  private(set) var changes: [Answer?] = []
  private(set) var sources: [Int] = []
  private(set) var reports: [SourceReport] = []

  init(_ name: String, _ diary: Diary) {
    self.name = name
    self.diary = diary
  }

  var frames: [Record.Frame] {
    records.compactMap { record in
      if case .frame(let frame) = record.origin { frame } else { nil }
    }
  }

  private func note(_ text: String) { diary.lines.append("\(name) \(text)") }

  func start() -> Bool {
    note("start")
    return true
  }

  func note(_ event: LiveEvent, of source: Int) {
    switch event {
    case .source(let event): note("event \(source) \(event)")
    case .still(let dropped): note("still \(source) \(dropped)")
    case .ended: note("ended \(source)")
    case .looks(let part): parts.append(part)
    }
  }

  func modelReplaced(_ sets: [LabelSet]) { note("model \(sets.map(\.labels.count))") }

  func wantsFrames(of source: Int) -> Bool { wanted.contains(source) }

  func show(_ frame: ShownFrame, of source: Int) {
    shown.append(frame)
    note("show \(source) \(frame.sequence)")
  }

  func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    records.append(record)
    changes.append(change)
    sources.append(source)
    note("take \(source)")
    return records.count < recordLimit
  }

  func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    self.reports = reports
    note("finish")
  }
}

/// Made-up images, scores and records.
enum Made {
  static let known = LabelSet(kind: .known, labels: ["a", "b", "c"], head: .fusion)

  private static let engine = Result {
    try Engine(ModelFixture(.mmrlPlusPlus).reader(), threads: 1)
  }

  static func classifier() throws -> Classifier { try Classifier(engine.get()) }

  /// An image of one colour, but for a field of another one.
  static func image(_ level: UInt8, field: UInt8? = nil) -> Image {
    var pixels = [UInt8](repeating: level, count: 48 * 48 * 3)
    if let field {
      for row in 12..<24 {
        for column in 12..<24 {
          for channel in 0..<3 { pixels[(row * 48 + column) * 3 + channel] = field }
        }
      }
    }
    return Image(width: 48, height: 48, pixels: pixels)
  }

  /// A model that answers stripes by known and novel labels.
  static let stripesModel = ModelFixture(.mmrlPlusPlus, seed: 2)

  /// Stripes of two colours, other ones for each index.
  static func stripes(_ index: Int) -> Image {
    var pixels: [UInt8] = []
    let period = 2 + index % 7
    for y in 0..<40 {
      for x in 0..<48 {
        let isOdd = (index % 2 == 0 ? x : y) / period % 2 == 1
        for channel in 0..<3 {
          let value = isOdd ? index * (53 + 31 * channel) : 255 - index * (29 + 17 * channel)
          pixels.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return Image(width: 48, height: 40, pixels: pixels)
  }

  /// Scores of the known labels.
  static func scores(_ values: [Float], unknown: Float? = nil) -> ImageScores {
    var scores = ImageScores(
      [known], Evidence(known: values, knownClass: values), by: AnswerRule(nil))
    scores.outcome.scores = values
    scores.outcome.unknownScore = unknown
    return scores
  }

  static func label(_ name: String, set: LabelSet = known) -> ScoredLabel {
    ScoredLabel(
      label: name, set: set.kind, head: set.head, score: 0.9, logit: 9, classLogit: 8)
  }

  static func answer(_ name: String, set: LabelSet = known) -> Answer {
    .label(label(name, set: set))
  }

  static func record(_ sequence: Int = 1, dropped: Int = 0, source: String = "cam") -> Record {
    Record(
      origin: .frame(
        Record.Frame(
          source: source, sequence: sequence, captured: WallTime(nanoseconds: 0),
          ageMilliseconds: 20, dropped: dropped, faults: [])),
      outcome: .labels(Record.Labels(labels: [label("a")], milliseconds: 5)))
  }
}
