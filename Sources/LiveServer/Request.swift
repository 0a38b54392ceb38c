import NIOHTTP1

/// What a client asks for, once it is known to be well-formed and allowed.
struct Request {
  /// What is wrong with a request.
  struct Refusal: Error {
    var status: HTTPResponseStatus
    var reason: String
  }

  /// The longest path and query.
  static let longestTarget = 2048

  var path: String
  var isHead: Bool
  private var query: [(name: String, value: String)] = []

  /// Checks a request's head.
  ///
  /// Where the server listens on loopback only, the name that a browser was told to connect to must be a
  /// loopback one: else a page elsewhere whose name points here could read everything.
  ///
  /// - Throws: what to answer when it is not.
  init(_ head: HTTPRequestHead, token: AccessToken?, isLoopback: Bool) throws(Refusal) {
    guard head.uri.utf8.count <= Self.longestTarget else {
      throw Refusal(status: .uriTooLong, reason: "the address is too long")
    }
    let hosts = head.headers["host"]
    guard hosts.count == 1 || hosts.isEmpty && head.version.minor == 0 else {
      throw Refusal(status: .badRequest, reason: "there must be one Host header")
    }
    if isLoopback, let host = hosts.first, !Self.isLoopbackName(host) {
      throw Refusal(
        status: .misdirectedRequest,
        reason: "this server answers to localhost only; name another address with --serve")
    }
    try self.init(target: head.uri)
    if let token, !isAuthorised(head.headers, token) {
      throw Refusal(status: .unauthorized, reason: "a token is needed")
    }
    guard head.method == .GET || head.method == .HEAD else {
      throw Refusal(status: .methodNotAllowed, reason: "only GET and HEAD")
    }
    isHead = head.method == .HEAD
    let hasBody =
      head.headers.contains(name: "transfer-encoding")
      || head.headers["content-length"].contains { $0 != "0" }
    if hasBody { throw Refusal(status: .badRequest, reason: "a body is not expected") }
  }

  private init(target: String) throws(Refusal) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard target.hasPrefix("/"), let path = parts.first.flatMap(Self.decoded) else {
      throw Refusal(status: .badRequest, reason: "the address is not well-formed")
    }
    self.path = path
    isHead = false
    for pair in parts.dropFirst().joined().split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(sides[0]), let value = Self.decoded(sides.dropFirst().joined())
      else { throw Refusal(status: .badRequest, reason: "the query is not well-formed") }
      query.append((name, value))
    }
  }

  /// A parameter of the query.
  subscript(name: String) -> String? { query.first { $0.name == name }?.value }

  private func isAuthorised(_ headers: HTTPHeaders, _ token: AccessToken) -> Bool {
    let bearer = headers["authorization"].first.flatMap { value -> String? in
      let parts = value.split(separator: " ", omittingEmptySubsequences: true)
      return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }
    guard let word = bearer ?? self["token"] else { return false }
    return token.matches(word)
  }

  /// Percent encoding undone; nil when it or the UTF-8 in it is not well-formed.
  private static func decoded(_ text: some StringProtocol) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.next().flatMap(hexadecimal), let low = rest.next().flatMap(hexadecimal)
      else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func hexadecimal(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }

  /// Whether a Host header's value, port or not, is a name of this machine for itself.
  static func isLoopbackName(_ host: String) -> Bool {
    let name: Substring
    if host.hasPrefix("[") {
      guard let end = host.firstIndex(of: "]") else { return false }
      name = host[...end]
    } else {
      name = host.prefix { $0 != ":" }
    }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    let isVersion4 = parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    return isVersion4 || name == "[::1]" || name.lowercased() == "localhost"
  }
}
