internal import Glibc

/// What a system call said when it failed.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The value of `errno`.
  public var code: Int32

  /// The error of a number.
  public init(code: Int32) { self.code = code }

  /// The error of the call that just failed on this thread.
  public static var last: SystemError { SystemError(code: errno) }

  /// The system's words, as `No such file or directory`.
  ///
  /// The corresponding C function is `strerror_r`.
  public var description: String {
    var text = [CChar](repeating: 0, count: 256)
    guard unsafe strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
