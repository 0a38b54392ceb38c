/// Who may ask for what.
struct Access: Sendable {
  /// What clients must know, if anything.
  var token: AccessToken?
  /// Whether only this machine can connect.
  var isLoopback: Bool
  /// Whether there is anybody who teaches.
  var isTaught = false
  /// Names besides those of the machine for itself under which a proxy passes requests on.
  var hosts: Set<HostName>

  /// Whether a Host header's value is a name that requests may come by.
  ///
  /// Where the server listens on loopback only, a browser must have been told to connect to a loopback name: else a page
  /// elsewhere whose name points here could read everything. Elsewhere the token keeps it out.
  func allows(host: String) -> Bool {
    guard isLoopback else { return true }
    guard let name = HostName(host) else { return false }
    return name.isLoopback || hosts.contains(name)
  }

  /// Whether the page of an Origin header's value is our own: it has the name that was asked for, or that of a proxy.
  ///
  /// A proxy may speak another scheme with browsers, and have another port.
  func allows(origin: String, host: String?) -> Bool {
    guard let colon = origin.firstRange(of: "://") else { return false }
    let name = String(origin[colon.upperBound...])
    if let host, name.lowercased() == host.lowercased() { return true }
    return HostName(name).map(hosts.contains) ?? false
  }

  /// Names that requests may come by where not all are allowed, for a person.
  var names: String {
    let names = ["localhost"] + hosts.map(\.description).sorted()
    let last = names.count > 1 ? " and \(names[names.count - 1])" : ""
    return names.prefix(max(1, names.count - 1)).joined(separator: ", ") + last
  }
}

/// The name of a machine as browsers send it, without its port.
package struct HostName: Hashable, Sendable, CustomStringConvertible {
  /// In small letters, IPv6 in brackets.
  private let name: String

  /// Reads `cam.example.org`, `cam.example.org:8443`, `192.168.0.7` or `[::1]:8080`; nil for what is no such name.
  package init?(_ text: String) {
    let name: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      name = text[...end]
      rest = text[text.index(after: end)...]
    } else {
      name = text.prefix { $0 != ":" }
      rest = text[name.endIndex...]
    }
    let isAllowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-._:[]".utf8.contains(byte)
      }
    }
    let isPort = rest.isEmpty || rest.hasPrefix(":") && rest.dropFirst().allSatisfy(\.isNumber)
    guard isAllowed, isPort, !name.isEmpty else { return nil }
    // A name may end with the root's dot.
    self.name = (name.hasSuffix(".") ? name.dropLast() : name).lowercased()
  }

  /// As it is compared.
  package var description: String { name }

  /// Whether it is a name of this machine for itself.
  var isLoopback: Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let isVersion4 = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    return isVersion4 || name == "[::1]" || name == "localhost"
  }
}
