import Glibc

/// Progress on stderr.
enum Terminal {
  /// Whether a person sees stderr as it is written.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Writes a line of progress; over the one before where a person looks on.
  static func progress(_ text: String, isLast: Bool) {
    let line =
      isInteractive ? "\r\u{1B}[K\(text)\(isLast ? "\n" : "")" : "mmrl-convert: \(text)\n"
    let bytes = Array(line.utf8)
    _ = write(STDERR_FILENO, bytes, bytes.count)
  }

  /// `1 h 20 min`, `4 min 5 s` or `12 s`.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
