import Glibc

/// What a system call said when it failed.
struct SystemError: Error, CustomStringConvertible {
  /// The value of `errno`.
  var code: Int32

  /// The error of the call that just failed.
  static var last: SystemError { SystemError(code: errno) }

  var description: String { strerror(code).map { String(cString: $0) } ?? "error \(code)" }
}
