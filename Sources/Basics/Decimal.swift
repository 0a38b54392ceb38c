/// Numbers as text, without Foundation, the same in every locale.
public enum Decimal {
  /// `value` with exactly `places` digits after the point, halves away from zero; a dash for what is not a number.
  public static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return "–" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 0x1p63 else { return "\(value)" }
    var digits = String(UInt64(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return sign + digits }
    if digits.count <= places {
      digits = String(repeating: "0", count: places + 1 - digits.count) + digits
    }
    return "\(sign)\(digits.dropLast(places)).\(digits.suffix(places))"
  }

  /// `value` with at most `places` digits after the point and no zeros at their end: 30, 7.5.
  public static func short(_ value: Double, _ places: Int) -> String {
    let text = fixed(value, places)
    guard text.contains(".") else { return text }
    var digits = text[...]
    while digits.last == "0" { digits.removeLast() }
    if digits.last == "." { digits.removeLast() }
    return String(digits)
  }

  /// A number of things: 1 image, 12 images.
  ///
  /// - Parameters:
  ///   - count: how many.
  ///   - noun: what one of them is called; more have an s behind.
  /// - Returns: number and noun.
  public static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  /// Whole numbers in groups of three digits: 12,345,678.
  public static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var index = digits.count - 3
    while index > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: index))
      index -= 3
    }
    return (value < 0 ? "-" : "") + digits
  }
}
