import ArgumentParser

/// What is done when a label changes.
struct ExecOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Run a command by /bin/sh when the answer changes. It gets $MMRL_LABEL, _PREVIOUS, _SET, _HEAD, _SCORE, \
      _CAMERA, _SEQUENCE, _TIME, and the record on stdin.
      """, valueName: "command"))
  var exec: String?

  @Option(
    help: ArgumentHelp("End a command that runs for longer (default: 10).", valueName: "seconds"))
  var execLimit: Double?

  /// The limit in effect, in seconds.
  var limit: Double { execLimit ?? 10 }

  func validate() throws {
    if let execLimit {
      guard execLimit > 0 && execLimit <= 86400 else {
        throw ValidationError("--exec-limit takes seconds, more than 0, at most 86400.")
      }
      guard exec != nil else { throw ValidationError("--exec-limit is about --exec.") }
    }
    guard exec?.allSatisfy(\.isWhitespace) != true else {
      throw ValidationError("--exec takes a command.")
    }
    guard exec?.contains("\0") != true else {
      throw ValidationError("--exec takes a command without zero bytes.")
    }
  }

  /// The options that were used.
  var given: [String] { exec == nil ? [] : ["--exec"] }
}
