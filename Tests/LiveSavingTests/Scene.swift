import Basics
import Capture
import Classification
import Foundation
import Imaging
import Live
import LiveSaving
import TestSupport
import Testing

/// A sink that keeps pictures, told what a test says, and its folder.
final class Scene {
  let folder: String
  let names: [String]
  private var sink: LiveSaving!
  private(set) var saved: SavedFolder!
  let messages = Monitor<[String]>([])
  private var sequence = 0
  /// What is shown when; it passes as a test says.
  var time = MonotonicTime.now

  init(_ folder: String, _ plan: SavePlan, sources: [String] = ["/dev/video0"]) throws {
    self.folder = folder
    names = sources
    saved = try Self.open(folder, plan.limits)
    sink = try LiveSaving(plan, in: saved, sources: sources) { [messages] text in
      messages.with { $0.append(text) }
    }
    #expect(sink.start())
  }

  /// Opens a folder that the thread of another scene may be about to leave.
  private static func open(_ folder: String, _ limits: SavePlan.Limits) throws -> SavedFolder {
    for _ in 0..<500 {
      if let saved = try? SavedFolder(folder, limits) { return saved }
      usleep(10_000)
    }
    return try SavedFolder(folder, limits)
  }

  /// Leaves the folder, after the end.
  func close() {
    sink = nil
    saved = nil
  }

  /// Shows a frame after a pause, and what was found in it: a label with a score, `unknown`, or nothing where it is passed over.
  func show(
    _ label: String?, score: Float = 0.9, isChange: Bool = false, after pause: Double = 0.1,
    picture: Int? = nil, source: Int = 0, jpeg: [UInt8]? = nil, part: ImageRegion? = nil
  ) throws {
    time = time + pause
    sequence += 1
    let bytes = try jpeg ?? Self.jpeg(picture ?? sequence)
    #expect(sink.wantsFrames(of: source))
    sink.show(
      ShownFrame(sequence: UInt32(sequence), .jpeg(bytes), part: part, at: time), of: source)
    guard let label else { return }
    let scored = ScoredLabel(
      label: label, set: .known, head: .fusion, score: score, logit: 9, classLogit: 8)
    let labels = Record.Labels(
      labels: [scored], isUnknown: label == "unknown", milliseconds: 5)
    let record = Record(
      origin: .frame(
        Record.Frame(
          source: names[source], sequence: sequence,
          captured: WallTime(nanoseconds: time.wallClock), ageMilliseconds: 20, dropped: 0,
          faults: [])), outcome: .labels(labels))
    #expect(sink.take(record, of: source, change: isChange ? labels.answer : nil))
  }

  /// Waits until messages satisfy a condition.
  func until(_ condition: ([String]) -> Bool) { messages.when(condition) { _ in } }

  /// Ends it; all that was on its way is written then.
  func end() {
    sink.finish([], isInterrupted: { false })
    until { $0.contains { $0.contains("kept") && !$0.contains("no pictures") } }
  }

  var files: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  /// Records by the names of their files, which are in their order.
  var records: [Kept] {
    get throws {
      try files.filter { $0.hasSuffix(".json") }.map { name in
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
        return try JSONDecoder().decode(Kept.self, from: data)
      }
    }
  }

  /// What is kept beside a picture.
  struct Kept: Decodable {
    struct Answer: Decodable { var label: String }
    var source: String
    var sequence: Int
    var time: String
    var answer: Answer?
    var unknown: Bool?
    var kept: [String]
    var crop: String?
  }

  static func jpeg(_ index: Int) throws -> [UInt8] {
    var pixels: [UInt8] = []
    for y in 0..<48 {
      for x in 0..<64 {
        let value = UInt8(truncatingIfNeeded: (x / 8 * 31 + y / 8 * 57) * (index + 1))
        pixels += [value, value / 2, 255 - value]
      }
    }
    return try JPEGEncoder().encode(Image(width: 64, height: 48, pixels: pixels), quality: 90)
  }

  /// Calls `body` with a new folder, which need not be there.
  static func withFolder(_ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { try body($0 + "/saved") }
  }

  /// A plan that keeps changes.
  static var changes: SavePlan {
    var plan = SavePlan()
    plan.savesChanges = true
    return plan
  }
}
