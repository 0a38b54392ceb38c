internal import Glibc

/// What is said to people, on stderr.
///
/// Nothing can be done when a write fails, so that is not looked at.
public enum Message {
  /// The name that the program was started by, without its folder.
  private static let program =
    CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "mmrl"

  /// A line in the name of the program, or several; what a terminal would act on is not printed.
  public static func say(_ text: String) {
    write(line(text))
  }

  /// What `say` writes.
  static func line(_ text: String) -> String {
    "\(program): \(text.printable(keeping: ["\n"]))\n"
  }

  /// A row of a table in the name of the program: on a terminal its last column goes on below itself.
  public static func sayRow(_ first: String, _ last: String) {
    let (first, last) = (first.printable, last.printable(keeping: ["\n"]))
    let start = "\(program): \(first)  "
    let room = Terminal.columnsOfMessages.map { $0 - start.columns }
    guard let room, room >= 20 else { return write(start + last + "\n") }
    let margin = "\n" + String(repeating: " ", count: start.columns)
    write(start + last.wrapped(to: room).replacing("\n", with: margin) + "\n")
  }

  /// Text as it is.
  public static func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
      _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
  }

  /// Whether a person sees stderr as it is written.
  public static var isSeen: Bool { isatty(STDERR_FILENO) == 1 }
}
