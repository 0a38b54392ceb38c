internal import CProcess
internal import Glibc

/// Another program that we have started, in a process group of its own.
public struct ChildProcess: Sendable {
  /// How a program ended.
  public enum Ending: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)
  }

  /// What becomes of it when the thread ends that has started it, or our process, however that comes.
  public enum Bond: Sendable {
    /// It goes on.
    case none
    /// It is killed.
    case thread
  }

  /// The process, and its group.
  public let identifier: Int32

  /// Starts a program, which is looked for in PATH.
  ///
  /// It has none of our files but those named.
  ///
  /// - Parameters:
  ///   - arguments: the program and what it is told.
  ///   - variables: set in its environment besides our own; the secret of our server is nobody else's.
  ///   - input: its stdin.
  ///   - output: its stdout.
  ///   - errors: its stderr.
  ///   - bond: what becomes of it after us.
  /// - Throws: why it could not be started.
  public init(
    _ arguments: [String], variables: [(name: String, value: String)] = [], input: Int32,
    output: Int32, errors: Int32, bond: Bond = .none
  ) throws(SystemError) {
    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var entries = unsafe Self.environment(with: variables).map { unsafe strdup($0) } + [nil]
    defer { unsafe (words + entries).forEach { unsafe free($0) } }
    var child = pid_t()
    let error = unsafe cp_start(
      arguments[0], &words, &entries, input, output, errors, bond == .thread ? SIGKILL : 0, &child)
    guard error == 0 else { throw SystemError(code: error) }
    identifier = child
  }

  /// Tells the whole group to end, or makes it.
  public func stop(by signal: Int32) { kill(-identifier, signal) }

  /// Waits until it has ended.
  ///
  /// It stays, as a zombie, until ``takeEnding()``: its number is not given anew.
  public func waitForEnd() {
    var found = unsafe siginfo_t()
    while unsafe waitid(P_PID, id_t(identifier), &found, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  }

  /// Whether it has ended.
  public var hasEnded: Bool {
    var found = unsafe siginfo_t()
    let status = unsafe waitid(P_PID, id_t(identifier), &found, WEXITED | WNOWAIT | WNOHANG)
    return unsafe status == 0 && found.si_signo == SIGCHLD
  }

  /// How it has ended, once it has; not to be called again after that.
  public func takeEnding() -> Ending {
    var word: Int32 = 0
    while unsafe waitpid(identifier, &word, 0) < 0, errno == EINTR {}
    return word & 0x7F == 0 ? .status((word >> 8) & 0xFF) : .signal(word & 0x7F)
  }

  /// A file in memory with a text, to be read from its start.
  ///
  /// - Throws: when the system refuses it.
  public static func file(of text: String) throws(SystemError) -> Int32 {
    let file = unsafe cp_memory_file("record")
    guard file >= 0 else { throw .last }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let error = SystemError.last
        close(file)
        throw error
      }
      bytes = bytes.dropFirst(count)
    }
    lseek(file, 0, SEEK_SET)
    return file
  }

  private static func environment(with variables: [(name: String, value: String)]) -> [String] {
    let replaced = Set(variables.map(\.name) + ["MMRL_TOKEN"])
    var entries: [String] = []
    var place = unsafe environ
    while let entry = unsafe place.pointee {
      let text = unsafe String(cString: entry)
      if !replaced.contains(String(text.prefix { $0 != "=" })) { entries.append(text) }
      unsafe place += 1
    }
    return entries + variables.map { "\($0.name)=\($0.value)" }
  }
}
