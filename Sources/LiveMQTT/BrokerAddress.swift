/// Where a broker is: `mqtt://host`, `mqtts://host:8883`.
package struct BrokerAddress: Sendable, Equatable, CustomStringConvertible {
  /// A name or a numeric address, IPv6 without brackets.
  package let host: String
  /// 1883, or 8883 with TLS, unless it was given.
  package let port: Int
  /// Whether the connection is encrypted, and the broker's certificate verified.
  package let isEncrypted: Bool

  /// Why a text is no broker's address.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case scheme
    /// It has a user or password in it, which is not repeated.
    case login
    case host
    case port(String)
    /// Something follows the port.
    case path

    /// One line for a person.
    package var description: String {
      switch self {
      case .scheme: "it begins with mqtt:// or mqtts://, as in mqtt://broker.lan"
      case .login:
        "it has a user or password in it, which every user of this machine could see in the list of processes"
      case .host: "it names no host, as in mqtt://broker.lan or mqtts://[fd00::1]:8883"
      case .port(let text): "\(text) is no port: 1 to 65535"
      case .path: "nothing follows host and port; topics are named otherwise"
      }
    }
  }

  /// Reads an address.
  ///
  /// - Throws: what is wrong with it.
  package init(_ text: String) throws(Fault) {
    guard let mark = text.firstRange(of: "://") else { throw .scheme }
    switch text[..<mark.lowerBound].lowercased() {
    case "mqtt": isEncrypted = false
    case "mqtts": isEncrypted = true
    default: throw .scheme
    }
    // Looked for in all of the rest: a password may have a slash.
    var place = text[mark.upperBound...]
    guard !place.contains("@") else { throw .login }
    if place.last == "/" { place.removeLast() }
    guard !place.contains(where: { "/?#".contains($0) }) else { throw .path }
    let rest: Substring
    if place.first == "[" {
      guard let end = place.firstIndex(of: "]") else { throw .host }
      host = String(place[place.index(after: place.startIndex)..<end])
      rest = place[place.index(after: end)...]
      guard host.contains(":"), Self.consists(host, of: "0123456789abcdefABCDEF:.") else {
        throw .host
      }
    } else {
      let name = place.prefix { $0 != ":" }
      host = String(name)
      rest = place[name.endIndex...]
      guard !host.isEmpty, host.utf8.count <= 253,
        host.utf8.allSatisfy({ Topics.isPlain($0) || $0 == UInt8(ascii: ".") })
      else { throw .host }
    }
    guard !rest.isEmpty else {
      port = isEncrypted ? 8883 : 1883
      return
    }
    guard rest.first == ":" else { throw .host }
    let digits = rest.dropFirst()
    guard digits.utf8.count <= 5, Self.consists(digits, of: "0123456789"), let port = Int(digits),
      (1...65535).contains(port)
    else { throw .port(String(digits)) }
    self.port = port
  }

  private static func consists(_ text: some StringProtocol, of allowed: String) -> Bool {
    text.utf8.allSatisfy { allowed.utf8.contains($0) }
  }

  /// As it is written.
  package var description: String {
    "\(isEncrypted ? "mqtts" : "mqtt")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}
