internal import CProcess
internal import Glibc

/// What a person looks at.
public enum Terminal {
  /// Columns of the terminal that a descriptor is; nil for a file or pipe, where lines have no end.
  ///
  /// `$COLUMNS` says so, else the terminal, else it is the 80 of old.
  public static func columns(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    let named = unsafe getenv("COLUMNS").flatMap { unsafe Int(String(cString: $0)) } ?? 0
    if named > 0 { return named }
    let own = Int(cp_terminal_columns(descriptor))
    return own > 0 ? own : 80
  }

  /// Columns of the terminal that results go to; nil where they go to a file or pipe.
  public static var columnsOfResults: Int? { columns(of: STDOUT_FILENO) }

  /// Columns of the terminal that messages go to; nil where they go to a file or pipe.
  public static var columnsOfMessages: Int? { columns(of: STDERR_FILENO) }
}
