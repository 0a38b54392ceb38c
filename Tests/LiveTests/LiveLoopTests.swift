import Basics
import Capture
import Classification
import Imaging
import Live
import Testing

@Suite("The live loop")
struct LiveLoopTests {
  private let diary = FakeSink.Diary()

  private func frames(_ count: Int) -> [FakeSource.Frame] {
    (0..<count).map { FakeSource.Frame(image: Made.image(UInt8(40 * ($0 % 6)))) }
  }

  @discardableResult
  private func run(
    _ sources: [FakeSource], _ sinks: [FakeSink],
    _ change: (inout LiveConfiguration) -> Void = { _ in },
    isInterrupted: @escaping () -> Bool = { false }
  ) throws -> LiveLoop.Ending {
    var configuration = LiveConfiguration()
    change(&configuration)
    return LiveLoop(
      sources, try Made.classifier(), configuration, SinkList(sinks), wake: try WakePipe(),
      isInterrupted: isInterrupted
    ).run()
  }

  @Test("Records tell the source, the number and what passed; the reports add up")
  func records() throws {
    let sink = FakeSink("s", diary)
    let source = FakeSource(
      "cam", [0, 2, 5].map { FakeSource.Frame(image: Made.image(9), dropped: $0) })
    source.faults[.damaged] = 2
    let ending = try run([source], [sink], { $0.style.top = 2 })
    #expect(ending == .done)
    #expect(sink.frames.map(\.sequence) == [1, 4, 10])
    #expect(sink.frames.map(\.dropped) == [0, 2, 5])
    #expect(sink.frames.allSatisfy { $0.source == "cam" && $0.ageMilliseconds > 0 })
    #expect(sink.frames.allSatisfy { $0.faults == [.init(kind: "damaged", count: 2)] })
    guard case .labels(let labels)? = sink.records.first?.outcome else { return }
    #expect(labels.labels.count == 2)
    let report = try #require(sink.reports.first)
    #expect(report.classified == 3 && report.dropped == 7 && report.still == nil)
    #expect("\(report)".hasPrefix("cam: 3 frames classified in "))
    #expect("\(report)".hasSuffix(" s, 7 dropped, damaged: 2"))
  }

  @Test("Sinks are told in their order, and ended in the opposite one")
  func order() throws {
    try run([FakeSource("a", frames(1))], [FakeSink("1", diary), FakeSink("2", diary)])
    #expect(
      diary.lines == [
        "1 start", "2 start", "1 take 0", "2 take 0", "1 ended 0", "2 ended 0", "2 finish",
        "1 finish",
      ])
  }

  @Test("Sources that always have a frame take turns")
  func fairness() throws {
    let sink = FakeSink("s", diary)
    try run(["a", "b", "c"].map { FakeSource($0, frames(4)) }, [sink])
    #expect(sink.sources == [0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
  }

  @Test("A source that has ended leaves the others their turns")
  func endedSource() throws {
    let sink = FakeSink("s", diary)
    try run([FakeSource("a", frames(1)), FakeSource("b", frames(3))], [sink])
    #expect(sink.sources == [0, 1, 1, 1])
    #expect(diary.lines.filter { $0.hasPrefix("s ended") } == ["s ended 0", "s ended 1"])
  }

  @Test("Still frames are not classified but told of, with what passed before them")
  func still() throws {
    let sink = FakeSink("s", diary)
    let images = [(10, 0), (10, 2), (60, 1), (60, 0)] as [(UInt8, Int)]
    let source = FakeSource(
      "a", images.map { FakeSource.Frame(image: Made.image($0.0), dropped: $0.1) })
    try run([source], [sink], { $0.skipsStill = true })
    #expect(sink.frames.map(\.sequence) == [1, 6])
    #expect(diary.lines.filter { $0.contains("still") } == ["s still 0 2", "s still 0 0"])
    let report = try #require(sink.reports.first)
    #expect(report.still == 2 && report.dropped == 3)
    #expect("\(report)".contains("2 still ones skipped (50.0 % of the work)"))
  }

  @Test("An interval lies between two frames of a source that are classified")
  func interval() throws {
    let sink = FakeSink("s", diary)
    let start = ContinuousClock.now
    let sources = [FakeSource("a", frames(3)), FakeSource("b", frames(3))]
    try run(sources, [sink], { $0.interval = 0.1 })
    #expect(ContinuousClock.now - start >= .milliseconds(200))
    #expect(sink.sources == [0, 1, 0, 1, 0, 1])
  }

  /// The places in a recording of the frames that are classified, of all of its frames.
  private func places(_ all: [Double], interval: Double) throws -> [Double] {
    let sink = FakeSink("s", diary)
    let frames = all.map { FakeSource.Frame(image: Made.image(80), position: $0) }
    try run([FakeSource("a", frames)], [sink], { $0.interval = interval })
    let dropped = sink.frames.map(\.dropped).reduce(0, +) + sink.frames.count
    #expect(dropped <= all.count && sink.reports.first?.dropped == all.count - sink.frames.count)
    return sink.frames.compactMap(\.position)
  }

  @Test(
    "An interval that is no multiple of a recording's frame time is kept on average",
    arguments: [0.35, 0.1, 0.05, 1.0, 0.01])
  func phase(interval: Double) throws {
    // In whole milliseconds, as they come.
    let all = (0..<900).map { (Double($0) / 30 * 1000).rounded() / 1000 }
    let places = try places(all, interval: interval)
    guard interval > 1.0 / 30 else {
      #expect(places == all)
      return
    }
    #expect(places.count == Int((30 / interval).rounded(.up)))
    for (index, place) in places.enumerated() {
      let late = place - Double(index) * interval
      #expect(late > -0.0015 && late < 0.0345, "frame \(index) at \(place)")
    }
  }

  @Test("After a gap, or a jump back, an interval goes on from the next frame, without a burst")
  func gap() throws {
    let second = (0..<10).map { Double($0) / 10 }
    let gap = try places(second + second.map { $0 + 20 }, interval: 0.35)
    #expect(gap == [0, 0.4, 0.7, 20, 20.4, 20.7])
    let back = try places(second.map { $0 + 20 } + second, interval: 0.35)
    #expect(back == [20, 20.4, 20.7, 0, 0.4, 0.7])
  }

  @Test("Frames are shown to those who want them, before they are classified")
  func shown() throws {
    let (one, two) = (FakeSink("1", diary), FakeSink("2", diary))
    two.wanted = [1]
    try run([FakeSource("a", frames(1)), FakeSource("b", frames(1))], [one, two])
    #expect(diary.lines.filter { $0.contains("show") } == ["2 show 1 1"])
    let shown = try #require(diary.lines.firstIndex(of: "2 show 1 1"))
    #expect(diary.lines[shown + 1] == "1 take 1")
  }

  @Test("A sink can end it, once all have been told; so can an interruption")
  func ending() throws {
    let (one, two) = (FakeSink("1", diary), FakeSink("2", diary))
    one.recordLimit = 2
    let endless = FakeSource("a", frames(5), staysOpen: true)
    #expect(try run([endless], [one, two]) == .done)
    #expect(one.records.count == 2 && two.records.count == 2)
    let sink = FakeSink("s", diary)
    let isDone = { sink.records.count == 3 }
    #expect(try run([FakeSource("a", frames(5))], [sink], isInterrupted: isDone) == .done)
    #expect(sink.records.count == 3 && sink.reports.count == 1)
  }

  @Test("A stream without a frame, and one that broke off, are no success")
  func failures() throws {
    #expect(try run([FakeSource("a", [])], []) == .nothingSeen)
    let broken = FakeSource("a", frames(2))
    broken.faults[.stream] = 1
    #expect(try run([broken], []) == .incomplete)
  }

  @Test("A log has a line for each event, names a source once, and counts what repeats")
  func log() {
    var lines: [String] = []
    let log = SourceLog(names: ["cam", "b"]) { lines.append($0) }
    log.note(.source(.started("640x480 MJPG")), of: 0)
    log.note(.source(.fault(.damaged, "frame 3: cut")), of: 0)
    log.note(.source(.fault(.damaged, "frame 4: cut")), of: 0)
    log.note(.source(.fault(.damaged, "frame 9: cut")), of: 1)
    log.note(.source(.fault(.disconnected, "cam: has been disconnected")), of: 0)
    log.note(.source(.resumed(after: 1.25, "640x480 MJPG")), of: 0)
    #expect(
      lines == [
        "cam: 640x480 MJPG", "cam: damaged: frame 3: cut", "b: damaged: frame 9: cut",
        "disconnected: cam: has been disconnected", "cam: back after 1.3 s: 640x480 MJPG",
      ])
  }
}
