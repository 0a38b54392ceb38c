internal import Glibc

/// Reading from mounts that fail now and then: network shares, worn cards, disks that wake up.
public enum PatientReading {
  /// Milliseconds of waiting before each further attempt: a server that is started again may take seconds, and where a disk is
  /// broken for good nobody wants to wait longer for each of its files.
  private static let waits: [UInt32] = [100, 400, 1600]

  /// Errors that may be gone a moment later, unlike a file that is not there or may not be read.
  private static let passing: Set<Int32> = [EIO, ESTALE, ETIMEDOUT, EAGAIN]

  /// Calls `body`, and again up to three times within about two seconds where the system says what may pass.
  ///
  /// - Throws: what the last call threw.
  public static func attempt<Result>(
    _ body: () throws(SystemError) -> Result
  ) throws(SystemError) -> Result {
    for wait in waits {
      do throws(SystemError) {
        return try body()
      } catch {
        guard passing.contains(error.code) else { throw error }
        usleep(wait * 1000)
      }
    }
    return try body()
  }
}
