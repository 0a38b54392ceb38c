import CProcess
import Capture
import Glibc

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
  init(
    _ text: String, variables: [(name: String, value: String)], input: String, wake: WakePipe
  ) throws(SystemError) {
    // A file in memory, not a pipe: nobody has to wait until it is read.
    let stdin = try Self.file(of: input)
    defer { close(stdin) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, stdin, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    cp_close_from(&actions, STDERR_FILENO + 1)

    // We block the signals that end us, and ignore SIGPIPE; a command must not inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigaddset(&signals, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes,
      Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP))

    var words: [UnsafeMutablePointer<CChar>?] = []
    var environment: [UnsafeMutablePointer<CChar>?] = []
    defer { for word in words + environment { free(word) } }
    for word in ["/bin/sh", "-c", text] { words.append(strdup(word)) }
    for entry in Self.environment(with: variables) { environment.append(strdup(entry)) }
    words.append(nil)
    environment.append(nil)
    var started = pid_t()
    let error = posix_spawn(&started, "/bin/sh", &actions, &attributes, &words, &environment)
    guard error == 0 else { throw SystemError(code: error) }
    let child = started
    identifier = child
    do {
      try DetachedThread.start {
        // The process stays, as a zombie, until `end` takes it: its number is not given anew.
        var found = siginfo_t()
        while waitid(P_PID, id_t(child), &found, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        wake.wake()
      }
    } catch {
      kill(-child, SIGKILL)
      waitpid(child, nil, 0)
      throw error
    }
  }

  /// How it has ended; nil while it runs.
  ///
  /// Not to be called again once it is known.
  func end() -> Ending? {
    var found = siginfo_t()
    guard waitid(P_PID, id_t(identifier), &found, WEXITED | WNOWAIT | WNOHANG) == 0,
      found.si_signo == SIGCHLD
    else { return nil }
    // The shell may leave before others of its group do.
    if isToldToEnd { kill(-identifier, SIGKILL) }
    var word: Int32 = 0
    waitpid(identifier, &word, 0)
    return word & 0x7F == 0 ? .status((word >> 8) & 0xFF) : .signal(word & 0x7F)
  }

  /// Tells the whole group to end, or makes it.
  func stop(by signal: Int32) {
    isToldToEnd = true
    kill(-identifier, signal)
  }

  private static func file(of text: String) throws(SystemError) -> Int32 {
    let file = cp_memory_file("record")
    guard file >= 0 else { throw .last }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
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

  /// Our environment with some variables set; the secret of --serve is nobody else's.
  private static func environment(with variables: [(name: String, value: String)]) -> [String] {
    let replaced = Set(variables.map(\.name) + ["MMRL_TOKEN"])
    var entries: [String] = []
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if !replaced.contains(String(text.prefix { $0 != "=" })) { entries.append(text) }
      place += 1
    }
    return entries + variables.map { "\($0.name)=\($0.value)" }
  }
}
