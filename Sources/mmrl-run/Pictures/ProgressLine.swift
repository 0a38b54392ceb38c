import Glibc

/// How far the work is, on one line of a terminal that is rewritten.
struct ProgressLine {
  private let start = ContinuousClock.now
  private var lastShown: ContinuousClock.Instant?
  private let isShown: Bool
  private let total: Int?
  private(set) var done = 0
  private(set) var failed = 0

  /// Shown when stderr is a terminal, and stdout is not one that the records fill.
  init(total: Int?, recordsGoToFile: Bool) {
    self.total = total
    isShown = isatty(STDERR_FILENO) == 1 && (recordsGoToFile || isatty(STDOUT_FILENO) == 0)
  }

  /// Counts pictures; shows the line ten times a second at most.
  mutating func count(done: Int, failed: Int) {
    self.done += done
    self.failed += failed
    let now = ContinuousClock.now
    guard isShown, lastShown.map({ now - $0 > .milliseconds(100) }) ?? true else { return }
    lastShown = now
    Message.write("\r\(text(at: now))\u{1B}[K")
  }

  /// Takes the line away, and says how it went if somebody watches or something failed.
  func finish(interrupted: Bool) {
    let end = interrupted ? ", interrupted" : ""
    if isShown {
      let time = seconds(to: .now)
      let rate = Decimal.fixed(Double(done) / time, 1)
      Message.write("\r\u{1B}[K")
      Message.say("\(pictures(done)) in \(Decimal.fixed(time, 1)) s, \(rate)/s\(end)")
    } else if interrupted {
      Message.say("\(pictures(done))\(end)")
    }
    if failed > 0 { Message.say("\(failed) of \(done) could not be classified") }
  }

  private func pictures(_ count: Int) -> String {
    "\(count) \(count == 1 ? "picture" : "pictures")"
  }

  private func text(at now: ContinuousClock.Instant) -> String {
    let seconds = seconds(to: now)
    let rate = Double(done) / seconds
    guard let total else { return "\(done) pictures, \(Decimal.fixed(rate, 1))/s" }
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
