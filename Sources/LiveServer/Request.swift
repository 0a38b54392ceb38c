import FoundationEssentials
import NIOCore
import NIOHTTP1

/// What a client asks for, once it is known to be well-formed and allowed.
struct Request {
  /// What is wrong with a request.
  struct Refusal: Error {
    var status: HTTPResponseStatus
    var reason: String
    /// Whether there was a token, which is not the right one.
    var hasWrongToken = false
    /// What can be done with an address, where something else was asked for.
    var allowed: [HTTPMethod] = []
    /// Seconds after which it may be asked for again.
    var pause: Int?
  }

  /// The longest path and query.
  static let longestTarget = 2048
  /// The most bytes of a body that is no image.
  static let longestBody = 1 << 16

  var path: String
  var method: HTTPMethod
  var isHead: Bool { method == .HEAD }
  private var query: [(name: String, value: String)] = []

  /// Checks a request's head.
  ///
  /// - Throws: what to answer when it is not well-formed or not allowed.
  init(_ head: HTTPRequestHead, _ access: Access) throws(Refusal) {
    guard head.uri.utf8.count <= Self.longestTarget else {
      throw Refusal(status: .uriTooLong, reason: "the address is too long")
    }
    let hosts = head.headers["host"]
    guard hosts.count == 1 || hosts.isEmpty && head.version.minor == 0 else {
      throw Refusal(status: .badRequest, reason: "there must be one Host header")
    }
    if let host = hosts.first, !access.allows(host: host) {
      throw Refusal(
        status: .misdirectedRequest,
        reason:
          "this server answers to \(access.names) only, and was asked for by another name; a proxy that passes that on has to be "
          + "named (--serve-host NAME), or has to send Host: localhost")
    }
    try self.init(target: head.uri, head.method)
    if let token = access.token { try authorise(head.headers, token) }
    guard let methods = Self.methods[path], access.isTaught || !TeachRoutes.have(path) else {
      throw Refusal(status: .notFound, reason: "there is no \(path)")
    }
    guard methods.contains(method) else {
      throw Refusal(
        status: .methodNotAllowed,
        reason: "only \(methods.map(\.rawValue).joined(separator: " and "))", allowed: methods)
    }
    if method == .POST || method == .PUT {
      guard access.token != nil || path != Route.crop.rawValue else {
        throw Refusal(
          status: .forbidden,
          reason: "only a program that was started with a token lets this be changed")
      }
      let isImage = path == Route.classify.rawValue
      try checkSender(head.headers, access)
      try checkType(
        head.headers, isImage ? ImageRequests.types : ["application/json"],
        isImage ? "a JPEG or PNG file" : "a JSON object")
      return
    }
    let hasBody =
      head.headers.contains(name: "transfer-encoding")
      || head.headers["content-length"].contains { $0 != "0" }
    if hasBody { throw Refusal(status: .badRequest, reason: "a body is not expected") }
  }

  /// Whether what changes something, or takes our time, is asked for by our own page, or by a program, not by another page that a
  /// browser has open: that has no say here, even if it knew the token.
  private func checkSender(_ headers: HTTPHeaders, _ access: Access) throws(Refusal) {
    guard headers.contains(name: "authorization") || access.token == nil else {
      throw Refusal(
        status: .unauthorized,
        reason: "what is sent here needs the token in a header: Authorization: Bearer TOKEN")
    }
    let isFromElsewhere =
      headers["origin"].contains { !access.allows(origin: $0, host: headers["host"].first) }
      || headers["sec-fetch-site"].contains { !["same-origin", "none"].contains($0) }
    if isFromElsewhere {
      throw Refusal(status: .forbidden, reason: "pages of other sites cannot send anything here")
    }
  }

  private func checkType(
    _ headers: HTTPHeaders, _ types: [String], _ what: String
  ) throws(Refusal) {
    let type = headers["content-type"].first?.prefix { $0 != ";" }.lowercased()
      .filter { !$0.isWhitespace }
    let codings = headers[canonicalForm: "content-encoding"]
    guard let type, types.contains(type), codings.allSatisfy({ $0.lowercased() == "identity" })
    else {
      throw Refusal(
        status: .unsupportedMediaType,
        reason:
          "\(what) is expected, as it is (Content-Type: \(types.joined(separator: ", ")))")
    }
  }

  private init(target: String, _ method: HTTPMethod) throws(Refusal) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    guard target.hasPrefix("/"), let path = parts.first.flatMap(Self.decoded) else {
      throw Refusal(status: .badRequest, reason: "the address is not well-formed")
    }
    self.path = path
    self.method = method
    for pair in parts.dropFirst().joined().split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = Self.decoded(sides[0]), let value = Self.decoded(sides.dropFirst().joined())
      else { throw Refusal(status: .badRequest, reason: "the query is not well-formed") }
      query.append((name, value))
    }
  }

  /// A parameter of the query.
  subscript(name: String) -> String? { query.first { $0.name == name }?.value }

  private func authorise(_ headers: HTTPHeaders, _ token: AccessToken) throws(Refusal) {
    let bearer = headers["authorization"].first.flatMap { value -> String? in
      let parts = value.split(separator: " ", omittingEmptySubsequences: true)
      return parts.count == 2 && parts[0].lowercased() == "bearer" ? String(parts[1]) : nil
    }
    guard let word = bearer ?? self["token"], !word.isEmpty else {
      throw Refusal(
        status: .unauthorized,
        reason: "a token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN")
    }
    guard token.matches(word) else {
      throw Refusal(status: .unauthorized, reason: "the token is wrong", hasWrongToken: true)
    }
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
}

extension Request {
  /// The members of a body that is a JSON object; others than these are not looked at.
  ///
  /// - Throws: what to answer when it is none, or has values of other types.
  static func members<Members: Decodable>(
    _ type: Members.Type, of body: ByteBuffer
  ) throws(Refusal) -> Members {
    do {
      return try JSONDecoder().decode(type, from: Data(body.readableBytesView))
    } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
      let member = context.codingPath.first?.stringValue ?? ""
      throw Refusal(status: .badRequest, reason: "\(member) has a value of another type")
    } catch {
      throw Refusal(status: .badRequest, reason: "the body is not a JSON object")
    }
  }
}
