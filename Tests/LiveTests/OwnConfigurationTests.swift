import Basics
import Classification
import Inference
import Live
import TestSupport
import Testing

@Suite("Sources with settings of their own")
struct OwnConfigurationTests {
  private func classifier(known: Int, novel: Int) throws -> Classifier {
    try Classifier(
      Engine(
        ModelFixture(.mmrlPlusPlus, knownLabels: known, novelLabels: novel).reader(), threads: 1))
  }

  private func labels(_ record: Record) -> Set<String> {
    guard case .labels(let labels) = record.outcome else { return [] }
    return Set(labels.labels.map(\.label))
  }

  @Test("Names, labels and intervals are each source's, also after the model is replaced")
  func own() throws {
    let sink = FakeSink("s", FakeSink.Diary())
    let frames = (0..<4).map { FakeSource.Frame(image: Made.image(UInt8(60 * $0))) }
    let sources = [FakeSource("a", frames), FakeSource("b", frames)]
    let next = Monitor<Classifier?>(nil)
    let successor = try classifier(known: 3, novel: 1)
    sources[1].beforeFrame = { if $0 == 2 { next.with { $0 = successor } } }
    var usual = LiveConfiguration()
    usual.style.top = 99
    var chosen = usual
    chosen.name = "door"
    chosen.labels = ["known 2", "novel 1"]
    let first = try classifier(known: 3, novel: 2)
    let loop = LiveLoop(
      sources, first, usual, own: [usual, chosen], SinkList([sink]), successor: next,
      wake: try WakePipe(), isInterrupted: { false })
    #expect(loop.run() == .done)
    let all = zip(sink.frames, sink.records).map { ($0.source, labels($1)) }
    #expect(Set(all.map(\.0)) == ["a", "door"])
    let door = all.filter { $0.0 == "door" }.map(\.1)
    #expect(door.first == ["known 2", "novel 1"] && door.last == ["known 2"])
    let whole = all.filter { $0.0 == "a" }.map(\.1)
    #expect(whole.first?.count == 5 && whole.last?.count == 4)
    #expect(sink.reports.map(\.name) == ["a", "door"])
  }
}
