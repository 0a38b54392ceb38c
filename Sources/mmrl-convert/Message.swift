import Glibc

/// What is said to people, on stderr.
enum Message {
  /// A line in the name of the program; nothing can be done when this fails.
  static func say(_ text: String) {
    let line = Array("mmrl-convert: \(text)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}

/// An error that says what is wrong, and what to do where that is known.
struct ConvertError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
