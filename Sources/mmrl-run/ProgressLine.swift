import Basics
import Glibc

/// How far the work is, on one line of a terminal that is rewritten.
struct ProgressLine {
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  private let isTerminal: Bool
  /// Whether the records go to the same terminal: then the line is below them.
  private let isBelowRecords: Bool
  /// Nil while it is not known.
  private let total: Monitor<Int?>
  private(set) var done = 0
  private(set) var failed = 0

  /// Shown when stderr is a terminal.
  init(total: Int?, recordsGoToFile: Bool) {
    self.init(total: Monitor(total), recordsGoToFile: recordsGoToFile)
  }

  /// Shown when stderr is a terminal; the total may be known later.
  init(total: Monitor<Int?>, recordsGoToFile: Bool) {
    self.total = total
    isTerminal = Message.isSeen
    isBelowRecords = !recordsGoToFile && isatty(STDOUT_FILENO) == 1
  }

  /// Takes the line away where records are about to be written.
  func makeWay() {
    if isBelowRecords && lastShown != nil { Message.write(Self.clear) }
  }

  /// Counts images, and shows the line if it is due.
  mutating func count(done: Int, failed: Int) {
    self.done += done
    self.failed += failed
    let now = ContinuousClock.now
    guard isTerminal, isDue(now) else { return }
    lastShown = now
    // A line that reached the terminal's edge could not be written over.
    let room = max(1, (Terminal.columnsOfMessages ?? 80) - 1)
    Message.write("\r\(text(at: now).cut(to: room))\u{1B}[K")
  }

  /// Ten times a second; below records each time, but not before there has been time to wonder.
  private func isDue(_ now: ContinuousClock.Instant) -> Bool {
    if isBelowRecords { return now - start > .seconds(1) }
    return lastShown.map { now - $0 > .milliseconds(100) } ?? true
  }

  private static let clear = "\r\u{1B}[K"

  /// Takes the line away, and says how it went if somebody watches or something failed.
  func finish(interrupted: Bool) {
    let end = interrupted ? ", interrupted" : ""
    if lastShown != nil {
      let time = seconds(to: .now)
      let rate = Decimal.fixed(Double(done) / time, 1)
      Message.write(Self.clear)
      Message.say(
        "\(Decimal.counted(done, "image")) in \(Decimal.fixed(time, 1)) s, \(rate)/s\(end)")
    } else if interrupted {
      Message.say("\(Decimal.counted(done, "image"))\(end)")
    }
    if failed > 0 { Message.say("\(failed) of \(done) could not be classified") }
  }

  private func text(at now: ContinuousClock.Instant) -> String {
    let seconds = seconds(to: now)
    let rate = Double(done) / seconds
    guard let total = total.with({ $0 }) else {
      return "\(Decimal.counted(done, "image")), \(Decimal.fixed(rate, 1))/s"
    }
    let left = rate > 0 ? Int((Double(total - done) / rate).rounded(.up)) : 0
    return "\(done) of \(total), \(Decimal.fixed(rate, 1))/s, \(Self.clock(left)) left"
  }

  private func seconds(to now: ContinuousClock.Instant) -> Double {
    max((now - start) / .seconds(1), 1e-6)
  }

  private static func clock(_ seconds: Int) -> String {
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (minutes, rest) = seconds.quotientAndRemainder(dividingBy: 60)
    return minutes < 60
      ? "\(minutes):\(two(rest))" : "\(minutes / 60):\(two(minutes % 60)):\(two(rest))"
  }
}
