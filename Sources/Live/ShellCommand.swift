internal import Basics
internal import Glibc

/// A user's command in a shell, in a process group of its own.
final class ShellCommand {
  private let process: ChildProcess
  private var isToldToEnd = false

  /// Starts `/bin/sh -c text`; `wake` is woken when it ends.
  ///
  /// The command gets `variables` besides our own environment and `input` on stdin; what it prints goes to our stderr. It
  /// has none of our files, cameras and sockets.
  init(
    _ text: String, variables: [(name: String, value: String)], input: String, wake: WakePipe
  ) throws(SystemError) {
    // A file in memory, not a pipe: nobody has to wait until it is read.
    let stdin = try ChildProcess.file(of: input)
    defer { close(stdin) }
    let process = try ChildProcess(
      ["/bin/sh", "-c", text], variables: variables, input: stdin, output: STDERR_FILENO,
      errors: STDERR_FILENO)
    self.process = process
    do {
      try DetachedThread.start {
        process.waitForEnd()
        wake.wake()
      }
    } catch {
      process.stop(by: SIGKILL)
      _ = process.takeEnding()
      throw error
    }
  }

  /// How it has ended; nil while it runs.
  ///
  /// Not to be called again once it is known.
  func end() -> ChildProcess.Ending? {
    guard process.hasEnded else { return nil }
    // The shell may leave before others of its group do.
    if isToldToEnd { process.stop(by: SIGKILL) }
    return process.takeEnding()
  }

  /// Tells the whole group to end, or makes it.
  func stop(by signal: Int32) {
    isToldToEnd = true
    process.stop(by: signal)
  }
}
