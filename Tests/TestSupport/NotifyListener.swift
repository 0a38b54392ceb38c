import Glibc

/// The end of a service manager: a datagram socket, at a path or an abstract name that begins with `@`.
public final class NotifyListener {
  private let descriptor: Int32

  /// Could not be made.
  public struct Failure: Error {
    /// The number of the system's error.
    public var code: Int32
  }

  /// Listens at an address that a test has made for itself.
  ///
  /// - Throws: when the system refuses it.
  public init(_ address: String) throws {
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var own = sockaddr_un()
    own.sun_family = sa_family_t(AF_UNIX)
    var name = Array(address.utf8)
    if address.hasPrefix("@") { name[0] = 0 } else { name.append(0) }
    withUnsafeMutableBytes(of: &own.sun_path) { $0.copyBytes(from: name) }
    let size = MemoryLayout<sockaddr_un>.offset(of: \.sun_path).unsafelyUnwrapped + name.count
    let status = withUnsafePointer(to: &own) { own in
      own.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(size))
      }
    }
    guard status == 0 else { throw Failure(code: errno) }
  }

  deinit { close(descriptor) }

  /// The next message; nil when none has come.
  ///
  /// - Parameter wait: seconds to wait for one.
  /// - Returns: its text.
  public func next(wait: Double = 10) -> String? {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard poll(&ready, 1, Int32(wait * 1000)) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    return count < 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// All messages that have come, oldest first.
  public func all() -> [String] {
    Array(sequence(state: ()) { _ in self.next(wait: 0) })
  }
}
