import NIOCore

/// Where the server listens: a numeric address and a port.
package struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IPv4 or IPv6 address without brackets.
  package let host: String
  /// 0 for any that is free.
  package let port: Int
  private let isVersion6: Bool

  /// Reads an address as `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, `:8080` or `8080`.
  ///
  /// The last three are loopback; other names are not looked up.
  package init?(_ text: String) {
    let colon = text.lastIndex(of: ":")
    let digits = colon.map { text[text.index(after: $0)...] } ?? text[...]
    var host = colon.map { text[..<$0] } ?? ""
    guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let port = Int(digits),
      port <= 65535
    else { return nil }
    let hasBrackets = host.hasPrefix("[") && host.hasSuffix("]") && host.count > 2
    if hasBrackets { host = host.dropFirst().dropLast() }
    if host.isEmpty || host == "localhost" { host = "127.0.0.1" }
    guard let address = try? SocketAddress(ipAddress: String(host), port: port) else { return nil }
    if case .v6 = address { isVersion6 = true } else { isVersion6 = false }
    guard isVersion6 == hasBrackets else { return nil }
    self.host = String(host)
    self.port = port
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { isVersion6 ? host == "::1" : host.hasPrefix("127.") }

  /// As it is written in a URL.
  package var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The same address with the port that was free.
  func with(port: Int) -> ServerAddress {
    ServerAddress(host: host, port: port, isVersion6: isVersion6)
  }

  private init(host: String, port: Int, isVersion6: Bool) {
    self.host = host
    self.port = port
    self.isVersion6 = isVersion6
  }
}
