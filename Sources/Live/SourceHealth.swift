package import Capture

/// Whether results come of a source, as a service manager and whoever else looks after the program should take it.
package struct SourceHealth: Sendable {
  /// Whether frames come.
  package enum Condition: String, Sendable {
    /// Opened, no frame yet.
    case starting
    case live
    /// Unplugged or failed; it is being tried again.
    case away
    case ended
  }

  /// Whether frames come.
  package private(set) var condition = Condition.starting
  /// What is delivered, or why nothing is.
  package private(set) var detail = ""
  /// What went wrong last, if anything did.
  package private(set) var lastFault: String?
  /// When the last frame was done with; nil before the first.
  package private(set) var lastFrame: MonotonicTime?
  private let start: MonotonicTime

  /// Seconds without a result after which something is wrong, where one is classified in so many seconds.
  package static func timeout(interval: Double?) -> Double { max(10, 3 * (interval ?? 0)) }

  /// Of a source that was opened at a time.
  package init(openedAt start: MonotonicTime) { self.start = start }

  /// A frame was classified, or passed over as still.
  package mutating func frameDone(at now: MonotonicTime) {
    condition = .live
    lastFrame = now
  }

  /// Something else happened to it.
  package mutating func note(_ event: LiveEvent, at now: MonotonicTime) {
    switch event {
    case .still: frameDone(at: now)
    case .ended: condition = .ended
    case .source(.started(let text)), .source(.resumed(_, let text)):
      (condition, detail) = (.starting, text)
    case .source(.fault(let fault, let text)):
      lastFault = text
      if fault.endsStreaming { (condition, detail) = (.away, text) }
    case .source(.odd), .source(.message), .looks: break
    }
  }

  /// Why it is not healthy; nil when it is.
  ///
  /// - Parameters:
  ///   - timeout: seconds without a result after which it is not.
  ///   - now: the time.
  /// - Returns: one line without the source's name, or nil.
  package func complaint(timeout: Double, at now: MonotonicTime) -> String? {
    if condition == .away { return "away (\(detail))" }
    if condition == .ended { return "has ended" }
    let reason = lastFault.map { " (\($0))" } ?? ""
    let silence = now - (lastFrame ?? start)
    guard lastFrame != nil else { return "no result yet after \(Int(silence)) s\(reason)" }
    return silence > timeout ? "no result for \(Int(silence)) s\(reason)" : nil
  }
}
