import Capture
import Glibc

/// The record of a classified frame.
enum LiveRecord {
  /// Where and when; the names of the fields before the labels.
  static let columns = ["source", "sequence", "time", "age_ms", "dropped", "faults"]

  static func make(_ result: LiveResult, dropped: Int) -> Record {
    let (source, info) = (result.source, result.info)
    let age = MonotonicTime.now - info.captured
    let values: [Record.Value] = [
      .text(source.name), .integer(Int(info.sequence)),
      .text(wallTime(info.captured.wallClock)), .number(age * 1000, decimals: 1),
      .integer(dropped), .counts(source.faults.occurred),
    ]
    return Record(
      origin: zip(columns, values).map(Record.Field.init), outcome: .labels(result.classification))
  }

  /// RFC 3339 in UTC with milliseconds.
  static func wallTime(_ nanoseconds: Int64) -> String {
    var seconds = time_t(nanoseconds / 1_000_000_000)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ value: Int, _ width: Int) -> String {
      let digits = "\(value)"
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = [Int(parts.tm_mon) + 1, Int(parts.tm_mday)].map { padded($0, 2) }
    let time = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2) }
    let milliseconds = padded(Int(nanoseconds % 1_000_000_000 / 1_000_000), 3)
    return padded(Int(parts.tm_year) + 1900, 4) + "-" + date.joined(separator: "-") + "T"
      + time.joined(separator: ":") + "." + milliseconds + "Z"
  }
}
