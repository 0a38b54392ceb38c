import NIOCore
import NIOHTTP1

/// Answers one client's requests, one after another.
///
/// Lives on the server's event loop. Every state but `idle` between requests has its end: a request must be complete,
/// an answer taken and an event read in time, or the connection is closed.
final class Connection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  enum State {
    /// Waiting for a request, or for the rest of one.
    case idle
    /// An answer is on its way.
    case answering
    /// An image that has yet to come was asked for.
    case awaitingImage(HTTPRequestHead, Request, since: NIODeadline)
    /// Somebody else is doing what was asked for.
    case awaitingReply
    /// An image is being classified, by its number.
    case awaitingRecord(HTTPRequestHead, Int)
    case streaming(EventStream)
    /// All is said; the client's last bytes are read and forgotten, since closing before that could take the answer
    /// away from it.
    case lingering
  }

  private let hub: Hub
  private let line: RequestLine
  private(set) var context: ChannelHandlerContext?
  private var state = State.idle
  /// When the state must have ended.
  private var deadline: NIODeadline
  private var inputHasEnded = false
  /// A request that is coming, if need be while an answer is on its way; the pipeline holds back those behind it.
  private var incoming: Incoming?

  /// Bytes of an image for which the hub has made room.
  private var reserved = 0

  private struct Incoming {
    var head: HTTPRequestHead
    /// What is asked for, or why that is refused; the first thing that is wrong counts.
    var request: Result<Request, Request.Refusal>
    var body = ByteBuffer()
    /// Whether all of it has come, or it is refused already.
    var isComplete = false

    /// A request whose head has come; what is refused by its head is not read to its end.
    init(_ head: HTTPRequestHead, _ access: Access) {
      self.head = head
      request = Result { () throws(Request.Refusal) in try Request(head, access) }
      if case .failure = request { isComplete = true }
    }

    /// Whether an image comes.
    var isImage: Bool { (try? request.get())?.path == Route.classify.rawValue }

    mutating func refuse(_ refusal: Request.Refusal) {
      if case .success = request { request = .failure(refusal) }
      body = ByteBuffer()
      isComplete = true
    }
  }

  init(_ hub: Hub, _ line: RequestLine) {
    self.hub = hub
    self.line = line
    deadline = .now() + .init(seconds: hub.limits.requestTime)
  }

  /// Sets up a new connection's pipeline.
  static func install(in channel: any Channel, hub: Hub) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 8192
    limits.maxHeaderListSize = 16384
    limits.maxHeaderFieldCount = 64
    let line = RequestLine()
    let pipeline = channel.pipeline.syncOperations
    try pipeline.addHandler(line)
    try pipeline.configureHTTPServerPipeline(
      withErrorHandling: false, withEncoderConfiguration: .init(),
      withDecoderLimitConfiguration: limits)
    try pipeline.addHandler(Connection(hub, line))
  }

  // MARK: For the hub

  var isIdle: Bool {
    if case .idle = state { incoming == nil } else { false }
  }

  var isStreaming: Bool { if case .streaming = state { true } else { false } }

  /// Whether it is of interest that something new has come.
  var awaitsNews: Bool {
    switch state {
    case .awaitingImage, .streaming: true
    default: false
    }
  }

  /// Ends it without an answer.
  func drop() { context?.close(promise: nil) }

  /// There may be a new event, image or status.
  func newsHasCome(hasStatus: Bool) {
    switch state {
    case .streaming(let stream):
      if hasStatus { stream.statusIsDue = true }
      stream.advance()
    case .awaitingImage(let head, let request, _): answer(head, request)
    default: break
    }
  }

  /// Ends what has taken too long.
  func checkTime(_ now: NIODeadline) {
    switch state {
    case .idle, .answering, .lingering: if now > deadline { drop() }
    case .awaitingReply: break
    case .awaitingRecord(let head, let number):
      guard now > deadline else { break }
      hub.withdraw(number)
      send(Response(.busy("it takes too long to classify this image now"), asJSON: true), to: head)
    case .streaming(let stream): if stream.isStuck(now) { drop() }
    case .awaitingImage(let head, _, let since):
      guard now - since > .init(seconds: hub.limits.frameTime) else { break }
      var response = Response(status: .serviceUnavailable, text: "no image comes\n")
      response.headers.append(("Retry-After", "1"))
      send(response, to: head)
    }
  }

  // MARK: From the channel

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if !hub.add(self) { context.close(promise: nil) }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    if case .awaitingRecord(_, let number) = state { hub.withdraw(number) }
    release()
    hub.remove(self)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      // What comes after all is said is forgotten.
      if case .lingering = state { return }
      begin(head)
    case .body(var bytes): add(&bytes)
    case .end:
      line.begin()
      incoming?.isComplete = true
    }
    beginIncoming()
  }

  private func begin(_ head: HTTPRequestHead) {
    var incoming = Incoming(head, hub.access)
    let length = head.headers["content-length"].first.flatMap { Int($0) } ?? 0
    let longest = incoming.isImage ? hub.limits.imageBytes : Request.longestBody
    if length > longest { incoming.refuse(.tooLong(longest)) }
    if incoming.isImage {
      // An image has its own time to come.
      if case .idle = state { deadline = .now() + .init(seconds: hub.limits.requestTime) }
      let expectations = head.headers[canonicalForm: "expect"]
      let waits = head.version.minor > 0 && !incoming.isComplete
      if waits, expectations.contains(where: { $0.lowercased() == "100-continue" }) {
        context?.writeAndFlush(
          wrapOutboundOut(.head(.init(version: head.version, status: .continue))), promise: nil)
      }
    }
    self.incoming = incoming
  }

  private func add(_ bytes: inout ByteBuffer) {
    // Without a second reference to the body, which would have it copied.
    guard incoming?.isComplete == false else { return }
    let isImage = incoming?.isImage ?? false
    let longest = isImage ? hub.limits.imageBytes : Request.longestBody
    let count = bytes.readableBytes
    if count + (incoming?.body.readableBytes ?? 0) > longest {
      incoming?.refuse(.tooLong(longest))
    } else if isImage, !hub.reserve(count) {
      incoming?.refuse(.busy("too many images are being sent already"))
    } else {
      if isImage { reserved += count }
      incoming?.body.writeBuffer(&bytes)
    }
  }

  /// Gives back the room that an image took.
  private func release() {
    hub.release(reserved)
    reserved = 0
  }

  /// Answers the request that has come, if it is complete and its turn.
  ///
  /// The pipeline hands on the next request when an answer has been written, which may be before it is sent.
  private func beginIncoming() {
    guard case .idle = state, let incoming, incoming.isComplete else { return }
    self.incoming = nil
    begin(incoming)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case ChannelEvent.inputClosed = event else { return }
    inputHasEnded = true
    switch state {
    case .idle, .streaming, .lingering: drop()
    case .answering, .awaitingImage, .awaitingReply, .awaitingRecord: break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // What follows a request that was not understood.
    if case ByteToMessageDecoderError.dataReceivedInErrorState = error { return }
    guard let error = error as? HTTPParserError, case .idle = state else { return drop() }
    let refusal: Request.Refusal =
      if error != .headerOverflow {
        .init(status: .badRequest, reason: "this is not HTTP/1.1")
      } else if line.isComplete {
        .init(status: .requestHeaderFieldsTooLarge, reason: "the headers are too large")
      } else {
        .init(status: .uriTooLong, reason: "the address is too long")
      }
    send(Response(refusal), to: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"))
  }

  // MARK: Answers

  private func begin(_ incoming: Incoming) {
    let head = incoming.head
    let path = String(head.uri.prefix { $0 != "?" })
    do throws(Request.Refusal) {
      let request = try incoming.request.get()
      if request.path == Route.events.rawValue {
        try stream(head, request)
      } else if request.path == Route.classify.rawValue {
        try classify(head, incoming.body)
      } else if request.path == Route.crop.rawValue, request.method == .PUT {
        send(try hub.changePart(incoming.body), to: head)
      } else if TeachRoutes.have(request.path) {
        try teach(head, request, incoming.body)
      } else if let reading = try hub.reading(for: request), let loop = context?.eventLoop {
        state = .awaitingReply
        hub.read(reading, on: loop) { [weak self] response in self?.send(response, to: head) }
      } else {
        answer(head, request)
      }
    } catch {
      if error.status == .unauthorized, path == Route.page.rawValue {
        send(Page.signIn(after: error), to: head)
      } else {
        send(Response(error, asJSON: Route.isForPrograms(path)), to: head)
      }
    }
  }

  private func classify(_ head: HTTPRequestHead, _ body: ByteBuffer) throws(Request.Refusal) {
    guard let loop = context?.eventLoop else { return }
    var answered: Int?
    let number = try hub.classify(body, on: loop) { [weak self] response in
      guard let self, case .awaitingRecord(_, let number) = state, number == answered else {
        return
      }
      send(response, to: head)
    }
    answered = number
    state = .awaitingRecord(head, number)
    deadline = .now() + .init(seconds: hub.limits.imageTime)
  }

  private func teach(
    _ head: HTTPRequestHead, _ request: Request, _ body: ByteBuffer
  ) throws(Request.Refusal) {
    guard let loop = context?.eventLoop else { return }
    try hub.teach(request, body, on: loop) { [weak self] response in
      self?.send(response, to: head)
    }
    state = .awaitingReply
  }

  private func answer(_ head: HTTPRequestHead, _ request: Request) {
    do throws(Request.Refusal) {
      if let response = try hub.response(to: request) {
        send(response, to: head)
      } else if case .awaitingImage = state {
        return
      } else {
        state = .awaitingImage(head, request, since: .now())
        hub.updateAwaited()
      }
    } catch {
      send(Response(error, asJSON: Route.isForPrograms(request.path)), to: head)
    }
  }

  private func send(_ response: Response, to head: HTTPRequestHead) {
    guard let context else { return }
    let closes = response.closes || !head.isKeepAlive
    state = .answering
    release()
    hub.counts.count(response.status)
    deadline = .now() + .init(seconds: hub.limits.answerTime)
    var headers = Response.common
    headers.add(name: "Content-Type", value: response.type)
    headers.add(name: "Content-Length", value: "\(response.body.readableBytes)")
    for (name, value) in response.headers { headers.add(name: name, value: value) }
    if closes { headers.add(name: "Connection", value: "close") }
    write(.head(.init(version: head.version, status: response.status, headers: headers)))
    if head.method != .HEAD { write(.body(.byteBuffer(response.body))) }
    let done = context.eventLoop.makePromise(of: Void.self)
    done.futureResult.assumeIsolated().whenComplete { [self] _ in hasSent(closes: closes) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: done)
  }

  private func hasSent(closes: Bool) {
    hub.updateAwaited()
    guard let context else { return }
    if closes {
      if inputHasEnded { return drop() }
      state = .lingering
      deadline = .now() + .seconds(1)
      context.close(mode: .output, promise: nil)
    } else {
      state = .idle
      deadline = .now() + .init(seconds: hub.limits.requestTime)
      beginIncoming()
      if case .idle = state, inputHasEnded { drop() }
    }
  }

  private func write(_ part: HTTPServerResponsePart) {
    context?.write(wrapOutboundOut(part), promise: nil)
  }

  private func stream(_ head: HTTPRequestHead, _ request: Request) throws(Request.Refusal) {
    guard hub.streamCount < hub.limits.streams else {
      throw .init(status: .serviceUnavailable, reason: "too many clients of /events")
    }
    var headers = Response.common
    headers.add(name: "Content-Type", value: "text/event-stream")
    if request.isHead {
      var response = Response(type: "text/event-stream", text: "")
      response.closes = true
      return send(response, to: head)
    }
    headers.add(name: "X-Accel-Buffering", value: "no")
    if head.version.minor == 0 { headers.add(name: "Connection", value: "close") }
    hub.counts.count(.ok)
    write(.head(.init(version: head.version, status: .ok, headers: headers)))
    // What has come while nobody listened.
    hub.distribute()
    let last = head.headers["last-event-id"].first.flatMap { UInt64($0) }
    let stream = EventStream(hub, self, after: last)
    state = .streaming(stream)
    hub.updateAwaited()
    stream.begin()
  }

  /// Writes a piece of an event stream.
  func writeEvents(_ bytes: ByteBuffer, whenDone: @escaping () -> Void) {
    guard let context else { return }
    let done = context.eventLoop.makePromise(of: Void.self)
    done.futureResult.assumeIsolated().whenSuccess(whenDone)
    context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: done)
  }
}

extension TimeAmount {
  init(seconds: Double) { self = .nanoseconds(Int64(seconds * 1e9)) }
}
