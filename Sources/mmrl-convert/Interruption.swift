import Glibc

/// Ctrl-C while a state is kept.
enum Interruption {
  /// From now on, an interrupted person is told how to go on.
  static func tellHowToContinue() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        // Only what may be called in a handler.
        let text: StaticString =
          "\nmmrl-convert: interrupted; the same command with --resume goes on from the last epoch\n"
        unsafe _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
        signal(number, SIG_DFL)
        raise(number)
      }
    }
  }

  /// From now on, there is nothing to continue.
  static func end() {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
  }
}
