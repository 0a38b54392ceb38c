import Classification
import Imaging
import NIOCore
import NIOHTTP1

/// Images that clients have classified: `POST /classify`.
struct ImageRequests {
  /// Types that a body may be said to have; what it is its bytes say.
  static let types = ["image/jpeg", "image/png", "application/octet-stream"]

  private let queue: ImageQueue
  /// Beside cameras, to which the processor belongs; a queue that is full says enough otherwise.
  private var rate: RateLimit?

  init(_ queue: ImageQueue, isBesideCameras: Bool) {
    self.queue = queue
    rate = isBesideCameras ? RateLimit() : nil
  }

  /// Has an image classified; `reply` is called once, on the server's event loop, unless it is withdrawn.
  ///
  /// - Returns: the number by which it can be.
  mutating func classify(
    _ body: ByteBuffer, on loop: any EventLoop, reply: @escaping (Response) -> Void
  ) throws(Request.Refusal) -> Int {
    guard rate?.admit(at: .now()) ?? true else {
      throw Request.Refusal(status: .tooManyRequests, reason: "too many images at once", pause: 1)
    }
    let reply = NIOLoopBound(reply, eventLoop: loop)
    let number = queue.classify(Array(body.readableBytesView)) { result in
      loop.execute { reply.value(Response(result)) }
    }
    guard let number else { throw .busy("too many images wait already") }
    return number
  }

  func withdraw(_ number: Int) { queue.withdraw(number) }

  func stop() { queue.stop() }
}

extension Request.Refusal {
  /// A body is longer than that.
  static func tooLong(_ limit: Int) -> Request.Refusal {
    Request.Refusal(status: .payloadTooLarge, reason: "a body has \(limit) bytes at most here")
  }

  /// There is no room now.
  static func busy(_ reason: String) -> Request.Refusal {
    Request.Refusal(status: .serviceUnavailable, reason: reason, pause: 1)
  }
}

extension Response {
  /// What came of an image.
  fileprivate init(_ result: Result<Record, ImageQueue.Fault>) {
    switch result {
    case .success(let record): self.init(type: "application/json", text: record.json + "\n")
    case .failure(let fault):
      let status: HTTPResponseStatus =
        switch fault.error {
        case .unsupportedKind, .unrecognised: .unsupportedMediaType
        case .tooLarge: .payloadTooLarge
        case .outOfMemory: .serviceUnavailable
        case .empty, .unsupportedVariant, .truncated, .corrupt: .unprocessableEntity
        }
      self.init(status: status, error: fault.reason)
      if status == .serviceUnavailable { headers.append(("Retry-After", "1")) }
    }
  }
}
