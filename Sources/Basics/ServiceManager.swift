internal import Glibc
internal import Synchronization

/// The service manager that started this process and waits to hear from it: systemd, by the protocol of sd_notify.
///
/// What is said is a datagram to the Unix socket that `NOTIFY_SOCKET` names. May be called from any thread.
public final class ServiceManager: Sendable {
  /// The socket's address: a path, or a name that begins with `@` in the abstract space.
  private let address: String
  /// Seconds within which the manager wants each sign of life; nil when it wants none.
  public let watchdog: Double?
  /// Whether it was told that the service is ready.
  private let isReady = Atomic(false)

  /// The manager at an address.
  ///
  /// - Parameters:
  ///   - address: a path, or `@` and an abstract name.
  ///   - watchdog: seconds within which it wants each sign of life, if any.
  /// - Throws: when that can be no address of a Unix socket.
  public init(address: String, watchdog: Double? = nil) throws(SystemError) {
    let capacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    // A path has a zero at its end, an abstract name has one in place of the @.
    let limit = address.utf8.first == UInt8(ascii: "@") ? capacity : capacity - 1
    switch address.utf8.first {
    case UInt8(ascii: "@") where address.utf8.count > 1, UInt8(ascii: "/"): break
    default: throw SystemError(code: EAFNOSUPPORT)
    }
    guard address.utf8.count <= limit else { throw SystemError(code: ENAMETOOLONG) }
    self.address = address
    self.watchdog = watchdog
  }

  /// The manager that the environment names; nil when nobody waits to hear from this process.
  ///
  /// Takes the variables out of the environment, so that no program that is started from here takes itself for the
  /// service.
  ///
  /// - Parameter take: takes a variable by its name.
  /// - Returns: the manager, if any.
  /// - Throws: when what it names can be no address of a Unix socket.
  public static func fromEnvironment(
    _ take: (String) -> String? = takeVariable
  ) throws(SystemError) -> ServiceManager? {
    let address = take("NOTIFY_SOCKET")
    let microseconds = take("WATCHDOG_USEC").flatMap { UInt64($0) }
    let process = take("WATCHDOG_PID")
    guard let address, !address.isEmpty else { return nil }
    let isOurs = process.map { Int32($0) == getpid() } ?? true
    let wanted = isOurs ? microseconds.flatMap { $0 > 0 ? Double($0) / 1e6 : nil } : nil
    return try ServiceManager(address: address, watchdog: wanted)
  }

  /// Takes a variable out of this process's environment.
  ///
  /// - Parameter name: its name.
  /// - Returns: its value; nil where there is none.
  public static func takeVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    defer { unsafe unsetenv(name) }
    return unsafe String(cString: value)
  }

  /// Says that what the service works by is being read again; nothing before it was ready once.
  public func beginReload() {
    guard isReady.load(ordering: .sequentiallyConsistent) else { return }
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    tell([.reloading(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000)])
  }

  /// Says that it works again, by the new or, where that cannot be used, the old.
  public func endReload() {
    guard isReady.load(ordering: .sequentiallyConsistent) else { return }
    tell([.ready])
  }

  /// What a service says.
  public enum Notice: Sendable, Equatable {
    /// It does its work.
    case ready
    /// It reads its configuration again, since a moment of the monotonic clock.
    case reloading(microseconds: Int64)
    /// It is about to end.
    case stopping
    /// It is alive and well.
    case alive
    /// One line for a person.
    case status(String)

    /// The line that says so.
    var line: String {
      switch self {
      case .ready: "READY=1"
      case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)"
      case .stopping: "STOPPING=1"
      case .alive: "WATCHDOG=1"
      // A line end would begin another notice.
      case .status(let text):
        "STATUS=\(String(text.unicodeScalars.map { $0.value < 32 ? " " : Character($0) }))"
      }
    }
  }

  /// Says something in one message; waits for half a second at most.
  ///
  /// - Returns: whether the manager will read it.
  @discardableResult
  public func tell(_ notices: [Notice]) -> Bool {
    let message = Array(notices.map(\.line).joined(separator: "\n").utf8)
    let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var patience = timeval(tv_sec: 0, tv_usec: 500_000)
    unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var target = sockaddr_un()
    target.sun_family = sa_family_t(AF_UNIX)
    var name = Array(address.utf8)
    if name[0] == UInt8(ascii: "@") { name[0] = 0 } else { name.append(0) }
    unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: name) }
    let size = (MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0) + name.count
    let isTold = unsafe withUnsafePointer(to: &target) { target in
      unsafe target.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
        unsafe sendto(
          descriptor, message, message.count, Int32(MSG_NOSIGNAL), target, socklen_t(size))
          == message.count
      }
    }
    if isTold, notices.contains(.ready) { isReady.store(true, ordering: .sequentiallyConsistent) }
    return isTold
  }
}
