import Foundation
import Synchronization

/// A small HTTP server on loopback that answers as a test wants: also wrongly, slowly, or not at all.
public final class PictureServer: Sendable {
  /// What was asked.
  public struct Request: Sendable {
    /// The path, as in `/video`.
    public var path: String
    /// The whole head.
    public var text: String
    /// How many were asked before this one.
    public var number: Int
  }

  /// A client that waits for its answer.
  public struct Connection: Sendable {
    fileprivate let socket: Int32

    /// Sends bytes; false when the client has gone.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> Bool {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }

    /// Sends text; false when the client has gone.
    @discardableResult
    public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Sends nothing until the client goes away.
    public func stall() {
      var byte: UInt8 = 0
      while recv(socket, &byte, 1, 0) > 0 {}
    }
  }

  private struct Failure: Error { var call: String, number: Int32 }

  /// Where it listens.
  public let port: Int
  private let listener: Int32
  private let count = Mutex(0)

  /// The address of a path here.
  public func address(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  /// How many requests there were.
  public var requests: Int { count.withLock { $0 } }

  /// Listens on a free port; `answer` is called on a thread of each connection, which is closed after it.
  public init(_ answer: @escaping @Sendable (Request, Connection) -> Void) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw Failure(call: "socket", number: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(listener, address, length) == 0, listen(listener, 16) == 0 else {
          return Int32(-1)
        }
        return getsockname(listener, address, &length)
      }
    }
    guard status == 0 else { throw Failure(call: "bind", number: errno) }
    port = Int(in_port_t(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in
      while case let client = accept(listener, nil, nil), client >= 0 {
        Thread.detachNewThread { self.serve(client, answer) }
      }
    }
  }

  /// Refuses connections from now on.
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve(_ client: Int32, _ answer: (Request, Connection) -> Void) {
    defer { close(client) }
    var head: [UInt8] = []
    var byte: UInt8 = 0
    while !head.suffix(4).elementsEqual([13, 10, 13, 10]) {
      guard head.count < 65_536, recv(client, &byte, 1, 0) == 1 else { return }
      head.append(byte)
    }
    let number = count.withLock { count in
      defer { count += 1 }
      return count
    }
    let text = String(decoding: head, as: UTF8.self)
    let words = text.split(separator: " ")
    answer(
      Request(path: words.count > 1 ? String(words[1]) : "", text: text, number: number),
      Connection(socket: client))
  }
}
