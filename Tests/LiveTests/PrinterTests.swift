import Classification
import Glibc
import Live
import Testing

@Suite("Printing records")
struct PrinterTests {
  /// What is printed of a record: sequence and dropped frames.
  private struct Short: RecordFormat {
    var header: String { "header\n" }
    func text(of record: Record) -> String {
      guard case .frame(let frame) = record.origin else { return "" }
      return "\(frame.source) \(frame.sequence) \(frame.dropped)\n"
    }
  }

  private final class Paper { var text = "" }

  private func printer(onlyChanges: Bool, _ paper: Paper) -> Printer {
    Printer(Short(), onlyChanges: onlyChanges) {
      paper.text += $0
      return true
    }
  }

  @Test("With changes only, a record without one is left out; its dropped frames are told later")
  func onChange() {
    let paper = Paper()
    let printer = printer(onlyChanges: true, paper)
    #expect(printer.take(Made.record(2, dropped: 1), of: 0, change: Made.answer("a")))
    #expect(printer.take(Made.record(5, dropped: 2), of: 0, change: nil))
    printer.note(.still(dropped: 3), of: 0)
    #expect(printer.take(Made.record(3, dropped: 7, source: "b"), of: 1, change: nil))
    #expect(printer.take(Made.record(14, dropped: 4), of: 0, change: Made.answer("b")))
    #expect(paper.text == "cam 2 1\ncam 14 9\n")
  }

  @Test("Otherwise all are printed, after the header")
  func all() {
    let paper = Paper()
    let printer = printer(onlyChanges: false, paper)
    #expect(printer.start())
    for sequence in 1...3 {
      #expect(printer.take(Made.record(sequence), of: 0, change: nil))
    }
    #expect(paper.text == "header\ncam 1 0\ncam 2 0\ncam 3 0\n")
  }

  @Test("A table says what the answer was before it changed, of each source by itself")
  func changes() {
    let paper = Paper()
    let printer = Printer(FrameTable(hasBars: false), onlyChanges: true) {
      paper.text += $0
      return true
    }
    #expect(printer.take(Made.record(1), of: 0, change: Made.answer("a")))
    #expect(printer.take(Made.record(1, source: "b"), of: 1, change: Made.answer("a")))
    #expect(printer.take(Made.record(2), of: 0, change: nil))
    #expect(printer.take(Made.record(3), of: 0, change: .unknown(1)))
    #expect(printer.take(Made.record(4), of: 0, change: Made.answer("a")))
    #expect(
      paper.text == """
        00:00:00  cam  20 ms  a 0.90
        00:00:00  b  20 ms  a 0.90
        00:00:00  cam  20 ms  a 0.90
        00:00:00  cam  20 ms  unknown → a 0.90

        """)
  }

  @Test("On a terminal a line fits, and what changed is the last to be left out")
  func narrowTable() {
    var record = Made.record()
    record.outcome = .labels(
      Record.Labels(
        labels: [Made.label("a red mug"), Made.label("日本語の長い名前")], milliseconds: 5))
    func line(_ width: Int, _ previous: String? = nil) -> String {
      FrameTable(hasBars: true, width: width).text(
        of: record, after: previous.map { Made.answer($0) })
    }
    #expect(
      line(80, "scissors")
        == "00:00:00  cam  20 ms  █████████  scissors → a red mug 0.90\n")
    #expect(
      line(100, "scissors")
        == "00:00:00  cam  20 ms  █████████  scissors → a red mug 0.90  █████████  日本語の長い名前 0.90\n")
    #expect(line(50, "scissors") == "00:00:00  cam  20 ms  scissors → a red mug 0.90\n")
    #expect(line(40, "scissors") == "00:00:00  cam  scissors → a red mug 0.90\n")
    #expect(line(30, "scissors") == "00:00:00  sc…ors → a …mug 0.90\n")
    #expect(line(50) == "00:00:00  cam  20 ms  █████████  a red mug 0.90\n")
  }

  @Test("It ends the program when nobody reads any more, with something to print and without")
  func closed() throws {
    let refusing = Printer(Short(), onlyChanges: false) { _ in false }
    #expect(!refusing.take(Made.record(), of: 0, change: nil))
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[1]) }
    let printer = Printer(Short(), onlyChanges: true, peer: ends[1]) { _ in true }
    #expect(printer.step())
    close(ends[0])
    #expect(!printer.step())
  }

  @Test("The table is a line a frame, with bars where they can be shown")
  func table() {
    let record = Made.record()
    #expect(
      FrameTable(hasBars: false).text(of: record) == "00:00:00  cam  20 ms  a 0.90\n")
    #expect(
      FrameTable(hasBars: true).text(of: record)
        == "00:00:00  cam  20 ms  █████████  a 0.90\n")
    // Where no label fits, what comes closest stands behind.
    var labels = Record.Labels(
      labels: [Made.label("a")], isUnknown: true, unknownScore: 0.625, milliseconds: 5)
    var unknown = record
    unknown.outcome = .labels(labels)
    #expect(
      FrameTable(hasBars: false).text(of: unknown)
        == "00:00:00  cam  20 ms  unknown 0.63  a 0.90\n")
    labels.unknownScore = nil
    unknown.outcome = .labels(labels)
    #expect(FrameTable(hasBars: false).text(of: unknown).contains("ms  unknown  a 0.90"))
  }
}
