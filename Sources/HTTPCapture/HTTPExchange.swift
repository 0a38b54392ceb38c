internal import Basics
internal import Capture
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// One request and its answer, whose pictures go to the intake as they come.
final class HTTPExchange: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  /// What comes after it.
  enum Outcome: Sendable {
    /// Nothing.
    case ended(FrameIntake.Ending)
    /// The same request: this was one picture.
    case again
    /// A request to another place.
    case elsewhere(String)
  }

  private enum Content {
    case unknown
    /// Whether it is JPEG shows in its first bytes.
    case unnamed
    case picture
    case pictures
  }

  private let address: URLAddress
  private let intake: FrameIntake
  private let finish: @Sendable (Outcome) -> Void
  private var content = Content.unknown
  /// Whether what others must read has an end of its own; nil if the answer does not say.
  private var isRecording: Bool?
  /// What came while the content was unnamed.
  private var first = ByteBuffer()
  private var hasFinished = false

  init(
    _ address: URLAddress, _ intake: FrameIntake, finish: @escaping @Sendable (Outcome) -> Void
  ) {
    self.address = address
    self.intake = intake
    self.finish = finish
  }

  func channelActive(context: ChannelHandlerContext) {
    var headers = HTTPHeaders([
      ("Host", address.hostField), ("Accept", "multipart/x-mixed-replace, image/jpeg, */*;q=0.5"),
      ("User-Agent", "mmrl-run"), ("Connection", "close"),
    ])
    if let user = address.user {
      let encoded = Data(user.utf8).base64EncodedString()
      headers.add(name: "Authorization", value: "Basic \(encoded)")
    }
    let head = HTTPRequestHead(
      version: .http1_1, method: .GET, uri: address.path, headers: headers)
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !hasFinished else { return }
    switch unwrapInboundIn(data) {
    case .head(let head): read(head, context)
    case .body(let bytes): read(bytes, context)
    case .end: conclude(context)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    if !hasFinished { end(.ended(.failed("closed the connection without an answer")), context) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard !hasFinished else { return }
    switch error {
    // A stream that is closed in the middle of a part is one.
    case is HTTPParserError where content == .pictures: end(.ended(.complete), context)
    case HTTPParserError.invalidEOFState:
      end(.ended(.failed("broke off in the middle of an answer")), context)
    // Others read more kinds of answers.
    case is HTTPParserError where content == .unknown:
      end(foreign("an answer that is not quite HTTP's"), context)
    case is HTTPParserError:
      end(.ended(.failed("gives an answer that cannot be read: \(error)")), context)
    case let error as IOError:
      let reason = SystemError(code: error.errnoCode)
      end(.ended(.failed("the connection broke off: \(reason)")), context)
    default: end(.ended(.failed("the connection broke off: \(error)")), context)
    }
  }

  private func read(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
    switch head.status.code {
    case 200..<300: break
    case 301, 302, 303, 307, 308:
      guard let place = head.headers.first(name: "Location") else {
        return end(.ended(.refused("redirects to nowhere")), context)
      }
      return end(.elsewhere(place), context)
    case 401 where address.user != nil:
      // Another way to say a password than ours, perhaps.
      return end(foreign("no pictures: 401, the name and password do not do"), context)
    case 401:
      return end(
        .ended(.refused("wants a name and a password: http://NAME:PASSWORD@...")), context)
    case 500...:
      return end(.ended(.failed(Self.text(head.status))), context)
    default:
      return end(.ended(.refused(Self.text(head.status))), context)
    }
    let type = head.headers.first(name: "Content-Type") ?? ""
    let name = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
    isRecording = head.headers.contains(name: "Content-Length") && isFile(name)
    switch name {
    case "image/jpeg", "image/jpg", "image/pjpeg": content = .picture
    case "",
      _ where name.hasSuffix("/octet-stream"):
      content = .unnamed
    case _ where name.hasPrefix("multipart/"): content = .pictures
    // What servers do not know they may call text.
    case _ where name.hasPrefix("text/") && (name == "text/html" || !isVideo):
      end(.ended(.refused("gives \(name): a page, not the stream itself")), context)
    default:
      end(foreign(name), context)
    }
  }

  /// Whether a body of this type that has a length is a recording rather than a list of places or a single picture.
  private func isFile(_ type: String) -> Bool {
    if StreamAddress.isPlaylist(address.path) || type.hasSuffix("mpegurl") { return false }
    return type.hasPrefix("video/") || type.hasSuffix("/octet-stream") || type.isEmpty
      || ["application/mp4", "application/ogg", "image/gif"].contains(type)
      || StreamAddress.isRecording(address.path)
  }

  private var isVideo: Bool { StreamAddress.isVideo(address.path) }

  private func foreign(_ kind: String) -> Outcome {
    .ended(.foreign(FrameIntake.Foreign(kind, isRecording: isRecording)))
  }

  private static func text(_ status: HTTPResponseStatus) -> String {
    "answers \(status.code) \(status.reasonPhrase)"
  }

  private func read(_ more: ByteBuffer, _ context: ChannelHandlerContext) {
    var bytes = more
    if content == .unnamed {
      first.writeImmutableBuffer(more)
      guard first.readableBytes >= 2 else { return }
      bytes = first
      let start = bytes.readableBytesView.prefix(2)
      guard
        start.elementsEqual([0xFF, 0xD8]) || start.elementsEqual([0x2D, 0x2D])
          || start.elementsEqual([0x0D, 0x0A])
      else {
        // A list of places begins with "#EXTM3U" or is XML.
        if let byte = start.first, "#<".utf8.contains(byte) { isRecording = false }
        return end(foreign("bytes of no named kind"), context)
      }
      content = .pictures
    }
    let fed = unsafe intake.feed(upTo: bytes.readableBytes) { buffer in
      unsafe bytes.withUnsafeReadableBytes { unsafe buffer.copyMemory(from: $0) }
      return bytes.readableBytes
    }
    if fed == nil { end(.ended(.complete), context) }
  }

  /// The answer is whole.
  private func conclude(_ context: ChannelHandlerContext) {
    switch content {
    case .picture: end(.again, context)
    case .pictures: end(.ended(.complete), context)
    case .unknown, .unnamed: end(.ended(.failed("gives an empty answer")), context)
    }
  }

  private func end(_ outcome: Outcome, _ context: ChannelHandlerContext) {
    hasFinished = true
    context.close(promise: nil)
    finish(outcome)
  }
}

extension URLAddress {
  /// What the server is told it is called.
  fileprivate var hostField: String {
    let host = host.contains(":") ? "[\(host)]" : host
    return port.map { "\(host):\($0)" } ?? host
  }

  /// Another address, which may be said in relation to this one.
  func resolving(_ place: String) -> URLAddress? {
    if var next = URLAddress(place) {
      // The same server's password is no other's.
      if next.user == nil, next.host == host, next.port == port, let user = userInfo,
        let slashes = place.firstRange(of: "://")
      {
        let rest = place[slashes.upperBound...]
        next = URLAddress("\(place[..<slashes.upperBound])\(user)@\(rest)") ?? next
      }
      return next
    }
    // An address that is not well-formed is no path.
    if let colon = place.firstRange(of: "://"),
      !place[..<colon.lowerBound].contains(where: { "/?#".contains($0) })
    {
      return nil
    }
    guard let slashes = text.firstRange(of: "://") else { return nil }
    if place.hasPrefix("//") { return URLAddress("\(scheme):\(place)") }
    let authority = text[slashes.upperBound...].prefix { !"/?#".contains($0) }
    let base = text[..<authority.endIndex]
    if place.hasPrefix("/") { return URLAddress("\(base)\(place)") }
    if place.hasPrefix("?") { return URLAddress("\(base)\(path.prefix { $0 != "?" })\(place)") }
    let folder = path.prefix { $0 != "?" }.split(separator: "/", omittingEmptySubsequences: false)
    return URLAddress("\(base)\(folder.dropLast().joined(separator: "/"))/\(place)")
  }
}
