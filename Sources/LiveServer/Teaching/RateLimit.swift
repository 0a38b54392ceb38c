import NIOCore

/// How many changes, or images, may be asked for: many at once, and so many a second in the long run.
struct RateLimit {
  private static let most = 40.0
  private static let perSecond = 10.0

  private var left = RateLimit.most
  private var last = NIODeadline.now()

  /// Whether one more may be asked for now.
  mutating func admit(at now: NIODeadline) -> Bool {
    let seconds = Double((now - last).nanoseconds) / 1e9
    last = now
    left = min(Self.most, left + max(0, seconds) * Self.perSecond)
    guard left >= 1 else { return false }
    left -= 1
    return true
  }
}
