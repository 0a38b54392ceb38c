import NIOCore

/// Where the server listens: a numeric address and a port.
package struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
  /// An IPv4 or IPv6 address without brackets.
  package let host: String
  /// 0 for any that is free.
  package let port: Int
  private let isVersion6: Bool
  /// Whether it stands for all addresses of the machine.
  private let isEvery: Bool

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
    isEvery = ["0.0.0.0", "::"].contains(address.ipAddress)
    self.host = String(host)
    self.port = port
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { isVersion6 ? host == "::1" : host.hasPrefix("127.") }

  /// As it is written in a URL.
  package var description: String { isVersion6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The same address with the port that was free.
  func with(port: Int) -> ServerAddress {
    ServerAddress(host: host, port: port, isVersion6: isVersion6, isEvery: isEvery)
  }

  private init(host: String, port: Int, isVersion6: Bool, isEvery: Bool) {
    self.host = host
    self.port = port
    self.isVersion6 = isVersion6
    self.isEvery = isEvery
  }

  /// Addresses of the page for a browser: where the server listens on all of the machine's addresses, those that others can
  /// reach.
  ///
  /// - Parameter token: what the page is to know; nil where it asks for that itself, or needs none.
  /// - Returns: at least one.
  package func links(token: AccessToken?) -> [String] {
    let query = token.map { "?token=\($0.queryValue)" } ?? ""
    let addresses = isEvery ? reachable : []
    return (addresses.isEmpty ? [isEvery ? loopback : self] : addresses).map {
      "http://\($0)/\(query)"
    }
  }

  private var loopback: ServerAddress {
    ServerAddress(
      host: isVersion6 ? "::1" : "127.0.0.1", port: port, isVersion6: isVersion6, isEvery: false)
  }

  /// The machine's addresses but for those that only it or its cable's other end can use.
  private var reachable: [ServerAddress] {
    let devices = (try? System.enumerateDevices()) ?? []
    return devices.compactMap { device -> ServerAddress? in
      guard let address = device.address, let host = address.ipAddress else { return nil }
      switch address {
      case .v4:
        let isLocal = host.hasPrefix("127.") || host.hasPrefix("169.254.")
        return isLocal ? nil : ServerAddress("\(host):\(port)")
      case .v6:
        let isLocal = host == "::1" || host.lowercased().hasPrefix("fe80:")
        return isLocal || !isVersion6 ? nil : ServerAddress("[\(host)]:\(port)")
      default: return nil
      }
    }
  }
}
