import Glibc
import Testing

/// A TCP connection to a server under test that does no more than it is told.
public final class Client {
  /// An HTTP answer.
  public struct Answer {
    /// The status code.
    public var status: Int
    /// By name in small letters.
    public var headers: [String: String]
    /// As it came.
    public var body: [UInt8]

    /// The body, read as UTF-8.
    public var text: String { String(decoding: body, as: UTF8.self) }
  }

  private struct Failure: Error { var call: String, number: Int32 }

  /// So long is waited for what should come at once.
  private static let timeout: Int32 = 30_000
  private let socket: Int32
  private var received: [UInt8] = []

  /// Connects on loopback; `buffer` is the size of what the kernel takes in for it.
  public init(port: Int, buffer: Int32? = nil) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw Failure(call: "socket", number: errno) }
    if var buffer {
      setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, length) }
    }
    guard status == 0 else { throw Failure(call: "connect", number: errno) }
  }

  deinit { close(socket) }

  /// Sends text; what the server does not take any more is lost.
  public func send(_ text: String) { send(Array(text.utf8)) }

  /// Sends bytes; what the server does not take any more is lost.
  public func send(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Asks for a path and waits for the answer.
  public func get(
    _ target: String, method: String = "GET", headers: [String] = ["Host: localhost"]
  ) throws -> Answer {
    send("\(method) \(target) HTTP/1.1\r\n" + headers.map { "\($0)\r\n" }.joined() + "\r\n")
    return try answer(hasBody: method != "HEAD")
  }

  /// Has something changed by a JSON object and waits for the answer.
  public func post(
    _ target: String, _ body: String, token: String? = nil, headers: [String]? = nil
  ) throws -> Answer {
    let usual = ["Host: localhost", "Content-Type: application/json"]
    let lines = (headers ?? usual) + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
    send(
      "POST \(target) HTTP/1.1\r\n" + lines.map { "\($0)\r\n" }.joined()
        + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    return try answer()
  }

  /// Sends an image's file to be classified and waits for the answer.
  public func classify(
    _ file: [UInt8], target: String = "/classify", type: String = "image/jpeg",
    token: String? = nil, headers: [String] = ["Host: localhost"]
  ) throws -> Answer {
    sendImage(file, target: target, type: type, token: token, headers: headers)
    return try answer()
  }

  /// Sends an image's file to be classified.
  public func sendImage(
    _ file: [UInt8], target: String = "/classify", type: String = "image/jpeg",
    token: String? = nil, headers: [String] = ["Host: localhost"]
  ) {
    let lines = headers + (token.map { ["Authorization: Bearer \($0)"] } ?? [])
    send(
      "POST \(target) HTTP/1.1\r\n" + lines.map { "\($0)\r\n" }.joined()
        + "Content-Type: \(type)\r\nContent-Length: \(file.count)\r\n\r\n")
    send(file)
  }

  /// Says that nothing more will be sent.
  public func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  /// Whether something comes in so many milliseconds.
  public func hasAnswer(within time: Int32) -> Bool {
    if !received.isEmpty { return true }
    var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&state, 1, time) > 0
  }

  /// The next answer; a body without a length is not read.
  public func answer(hasBody: Bool = true) throws -> Answer {
    let mark = Array("\r\n\r\n".utf8)
    var end: Int?
    while true {
      end = received.indices.first { received[$0...].starts(with: mark) }
      if end != nil { break }
      try #require(receive(), "the connection ended before an answer: \(pending)")
    }
    let headEnd = try #require(end)
    let lines = String(decoding: received[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    received.removeFirst(headEnd + 4)
    var answer = Answer(status: 0, headers: [:], body: [])
    let words = try #require(lines.first).split(separator: " ")
    try #require(words.count >= 2 && words[0].hasPrefix("HTTP/1."))
    answer.status = try #require(Int(words[1]))
    for line in lines.dropFirst() {
      let sides = line.split(separator: ":", maxSplits: 1)
      let value = sides.dropFirst().joined().drop { $0 == " " }
      answer.headers[sides[0].lowercased()] = String(value)
    }
    if hasBody, let length = answer.headers["content-length"].flatMap({ Int($0) }) {
      while received.count < length { try #require(receive(), "the body is short") }
      answer.body = Array(received.prefix(length))
      received.removeFirst(length)
    }
    return answer
  }

  /// What has come and was not taken.
  public var pending: String { String(decoding: received, as: UTF8.self) }

  /// Reads on until what has come contains a text; false when the connection ends first.
  public func wait(for text: String) -> Bool {
    let wanted = Array(text.utf8)
    var checked = 0
    while true {
      let start = max(0, checked - wanted.count)
      for index in start..<received.count where received[index...].starts(with: wanted) {
        return true
      }
      checked = received.count
      guard receive() else { return false }
    }
  }

  /// Forgets what has come, and how much that was.
  public func takeAll() -> [UInt8] {
    defer { received = [] }
    return received
  }

  /// Reads to the connection's end; false when that does not come.
  public func waitForEnd() -> Bool {
    while true {
      switch receiveOnce() {
      case .bytes: continue
      case .end: return true
      case .silence: return false
      }
    }
  }

  private enum Event { case bytes, end, silence }

  private func receive() -> Bool {
    if case .bytes = receiveOnce() { true } else { false }
  }

  private func receiveOnce() -> Event {
    var state = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    guard poll(&state, 1, Self.timeout) > 0 else { return .silence }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(socket, &bytes, bytes.count, 0)
    guard count > 0 else { return .end }
    received += bytes[..<count]
    return .bytes
  }
}
