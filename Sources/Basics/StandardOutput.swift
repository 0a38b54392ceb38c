internal import CProcess
internal import Glibc

/// What is printed.
public enum StandardOutput {
  /// To be called before any file is opened: where stdin, stdout or stderr are closed, using them stays an error.
  public static func prepare() { cp_hold_standard_files() }

  /// Hands what was printed to the system, and ends the program with a status.
  ///
  /// Where not all of it could be written that is said, and the status is 2; where nobody reads any more the program ends quietly, as others do.
  public static func finish(status: Int32) -> Never {
    let code = cp_flush_output()
    if code == EPIPE { Interruption.end(by: SIGPIPE) }
    guard code == 0 else {
      Message.say("stdout: \(SystemError(code: code))")
      // Not `exit`, which would try again.
      _exit(2)
    }
    exit(status)
  }
}
