import ArgumentParser

/// What is done when a label changes.
struct LiveActionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Run a command, by /bin/sh, when the best label of a set changes. It finds MMRL_LABEL, MMRL_PREVIOUS (empty at \
      first), MMRL_SET, MMRL_HEAD, MMRL_SCORE, MMRL_CAMERA, MMRL_SEQUENCE and MMRL_TIME in the environment and the \
      record on stdin; what it prints goes to stderr. One runs at a time; of changes meanwhile the newest counts.
      """, valueName: "command"))
  var exec: String?

  @Option(help: ArgumentHelp("End a command that runs for longer.", valueName: "seconds"))
  var execLimit = 10.0

  func validate() throws {
    guard execLimit > 0 && execLimit <= 86400 else {
      throw ValidationError("--exec-limit takes seconds, more than 0, at most 86400.")
    }
    guard exec?.contains("\0") != true else {
      throw ValidationError("--exec takes a command without zero bytes.")
    }
  }
}
