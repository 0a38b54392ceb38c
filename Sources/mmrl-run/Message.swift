import Glibc

/// What is said to people, on stderr.
enum Message {
  /// A line in the name of the program.
  static func say(_ text: String) { write("mmrl-run: \(text)\n") }

  /// Text as it is.
  ///
  /// Nothing can be done when this fails.
  static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
  }
}
