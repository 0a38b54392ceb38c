/// Whole numbers for people, without Foundation's formatters.
enum Decimal {
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
