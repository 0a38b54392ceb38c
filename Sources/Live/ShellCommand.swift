internal import Basics
internal import CProcess
internal import Glibc

/// A user's command in a shell, in a process group of its own.
final class ShellCommand {
  enum Ending {
    case status(Int32)
    case signal(Int32)
  }

  /// The shell's process, and its group.
  private let identifier: pid_t
  private var isToldToEnd = false

  /// Starts `/bin/sh -c text`; `wake` is woken when it ends.
  ///
  /// The command gets `variables` besides our own environment and `input` on stdin; what it prints goes to our stderr. It
  /// has none of our files, cameras and sockets.
  ///
  /// The corresponding C function is `posix_spawn`.
  init(
    _ text: String, variables: [(name: String, value: String)], input: String, wake: WakePipe
  ) throws(SystemError) {
    // A file in memory, not a pipe: nobody has to wait until it is read.
    let stdin = try Self.file(of: input)
    defer { close(stdin) }
    let environment = Self.environment(with: variables)
    let child = try Self.spawn(["/bin/sh", "-c", text], environment, stdin: stdin)
    identifier = child
    do {
      try DetachedThread.start {
        // The process stays, as a zombie, until `end` takes it: its number is not given anew.
        var found = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(child), &found, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        wake.wake()
      }
    } catch {
      kill(-child, SIGKILL)
      var word: Int32 = 0
      unsafe waitpid(child, &word, 0)
      throw error
    }
  }

  private static func spawn(
    _ arguments: [String], _ environment: [String], stdin: Int32
  ) throws(SystemError) -> pid_t {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    unsafe cp_close_from(&actions, STDERR_FILENO + 1)

    // We ignore SIGPIPE; a command must not inherit that.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setpgroup(&attributes, 0)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
    var entries = unsafe environment.map { unsafe strdup($0) } + [nil]
    defer { unsafe (words + entries).forEach { unsafe free($0) } }
    var child = pid_t()
    let error = unsafe posix_spawn(
      &child, arguments[0], &actions, &attributes, &words, &entries)
    guard error == 0 else { throw SystemError(code: error) }
    return child
  }

  /// How it has ended; nil while it runs.
  ///
  /// Not to be called again once it is known.
  func end() -> Ending? {
    var found = unsafe siginfo_t()
    let status = unsafe waitid(P_PID, id_t(identifier), &found, WEXITED | WNOWAIT | WNOHANG)
    guard status == 0, unsafe found.si_signo == SIGCHLD else { return nil }
    // The shell may leave before others of its group do.
    if isToldToEnd { kill(-identifier, SIGKILL) }
    var word: Int32 = 0
    unsafe waitpid(identifier, &word, 0)
    return word & 0x7F == 0 ? .status((word >> 8) & 0xFF) : .signal(word & 0x7F)
  }

  /// Tells the whole group to end, or makes it.
  func stop(by signal: Int32) {
    isToldToEnd = true
    kill(-identifier, signal)
  }

  private static func file(of text: String) throws(SystemError) -> Int32 {
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

  /// Our environment with some variables set; the secret of the server is nobody else's.
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
