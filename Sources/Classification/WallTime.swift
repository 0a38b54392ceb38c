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

  /// The last second that nanoseconds reach, in 2262.
  private static let lastSecond = Int64.max / 1_000_000_000 - 1

  /// The moment of a ``text``, from 1970 to 2262; nil for any other text.
  package init?(text: String) {
    let bytes = Array(text.utf8)
    let pattern = Array("0000-00-00T00:00:00.000Z".utf8)
    guard bytes.count == pattern.count,
      zip(bytes, pattern).allSatisfy({ byte, mark in
        mark == UInt8(ascii: "0")
          ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == mark
      })
    else { return nil }
    func number(_ range: Range<Int>) -> Int32 {
      bytes[range].reduce(0) { 10 * $0 + Int32($1 - UInt8(ascii: "0")) }
    }
    var parts = unsafe tm()
    unsafe parts.tm_year = number(0..<4) - 1900
    unsafe parts.tm_mon = number(5..<7) - 1
    unsafe parts.tm_mday = number(8..<10)
    unsafe parts.tm_hour = number(11..<13)
    unsafe parts.tm_min = number(14..<16)
    unsafe parts.tm_sec = number(17..<19)
    let seconds = unsafe Int64(timegm(&parts))
    guard (0...Self.lastSecond).contains(seconds) else { return nil }
    let moment = WallTime(nanoseconds: seconds * 1_000_000_000 + Int64(number(20..<23)) * 1_000_000)
    // No 31st of June.
    guard moment.text == text else { return nil }
    self = moment
  }

  private static func padded(_ value: Int, _ width: Int) -> String {
    let digits = "\(value)"
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
