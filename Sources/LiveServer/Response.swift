import NIOCore
import NIOHTTP1

/// An answer that is complete when it is sent.
struct Response {
  var status = HTTPResponseStatus.ok
  var type = "text/plain; charset=utf-8"
  var headers: [(String, String)] = []
  var body: ByteBuffer
  /// Whether the connection ends with it.
  var closes = false

  init(status: HTTPResponseStatus = .ok, type: String? = nil, body: ByteBuffer) {
    self.status = status
    self.body = body
    if let type { self.type = type }
  }

  init(status: HTTPResponseStatus = .ok, type: String? = nil, text: String) {
    self.init(status: status, type: type, body: ByteBuffer(string: text))
  }

  init(_ refusal: Request.Refusal) {
    self.init(status: refusal.status, text: "\(refusal.reason)\n")
    closes = true
    if let pause = refusal.pause { headers.append(("Retry-After", "\(pause)")) }
    switch refusal.status {
    case .methodNotAllowed:
      headers.append(("Allow", refusal.allowed.map(\.rawValue).joined(separator: ", ")))
    case .unauthorized:
      let error = refusal.hasWrongToken ? ", error=\"invalid_token\"" : ""
      headers.append(("WWW-Authenticate", "Bearer realm=\"mmrl-run\"\(error)"))
    default: break
    }
  }

  /// Headers of every answer: nothing is stored, guessed at, or shown inside other sites' pages.
  static let common = HTTPHeaders([
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
  ])
}
