/// Numbers in decimal, without Foundation's formatters.
enum Decimal {
  /// Rounded to a number of places: `text(0.98765, 3)` is "0.988".
  static func text(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
    var power = 1
    for _ in 0..<places { power *= 10 }
    let scaled = Int((abs(value) * Double(power)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let digits = String(scaled % power)
    return "\(sign)\(scaled / power)." + String(repeating: "0", count: places - digits.count)
      + digits
  }

  /// Groups of three digits: 12,345,678.
  static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return (value < 0 ? "-" : "") + digits
  }
}
