import Classification
import LiveTeaching
import NIOCore
import NIOHTTP1

extension Response {
  /// What a teacher says.
  init(_ result: Result<TeachingReply, TeachingError>) {
    switch result {
    case .success(.json(let text)): self.init(type: "application/json", text: text + "\n")
    case .success(.image(let bytes)):
      // By its first byte; what is neither is not shown by the browser.
      self.init(
        type: bytes.first == 0x89 ? "image/png" : "image/jpeg", body: ByteBuffer(bytes: bytes))
    case .failure(let error): self.init(error)
    }
  }

  private init(_ error: TeachingError) {
    let status: HTTPResponseStatus =
      switch error.kind {
      case .unusable: .badRequest
      case .missing: .notFound
      case .conflict: .conflict
      case .system: .internalServerError
      }
    self.init(status: status, error: error.description)
  }

  /// A reason as a JSON object.
  init(status: HTTPResponseStatus, error: String) {
    self.init(
      status: status, type: "application/json", text: "{\"error\": \(Record.quoted(error))}\n")
  }

  /// A refusal, its reason as a JSON object for programs.
  init(_ refusal: Request.Refusal, asJSON: Bool) {
    self.init(refusal)
    guard asJSON else { return }
    let json = Response(status: refusal.status, error: refusal.reason)
    body = json.body
    type = json.type
  }
}
