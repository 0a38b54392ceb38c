import NIOHTTP1

/// What the server counts of itself.
struct ServerCounts {
  /// Answers by status code.
  private(set) var answers: [UInt: Int] = [:]
  /// Events that clients of `/events` were too slow for.
  var skippedEvents = 0
  /// Connections that were closed, or refused, since there were too many.
  var evicted = 0

  mutating func count(_ status: HTTPResponseStatus) { answers[status.code, default: 0] += 1 }
}
