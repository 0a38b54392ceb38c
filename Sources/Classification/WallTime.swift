internal import Glibc

/// A moment of the wall clock.
package struct WallTime: Sendable, Equatable {
  /// Nanoseconds since 1970.
  package var nanoseconds: Int64

  /// A moment.
  package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// RFC 3339 in UTC with milliseconds, as `2025-01-31T12:00:00.250Z`.
  package var text: String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = unsafe tm()
    unsafe gmtime_r(&seconds, &parts)
    let year = unsafe Int(parts.tm_year) + 1900
    let day = unsafe [Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { Self.padded($0, 2) }
    let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec].map {
      Self.padded(Int($0), 2)
    }
    let milliseconds = Self.padded(Int(nanoseconds % 1_000_000_000 / 1_000_000), 3)
    let date = ([Self.padded(year, 4)] + day).joined(separator: "-")
    return "\(date)T\(clock.joined(separator: ":")).\(milliseconds)Z"
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
