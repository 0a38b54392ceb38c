import Capture
import Classification
import Live
import LiveSaving
import LiveTeaching
import NIOCore
import NIOHTTP1
import NIOPosix

/// All that the connections share; lives on the server's event loop.
final class Hub {
  /// An event as it is sent.
  struct Message {
    var number: UInt64
    var source: Int
    var text: ByteBuffer
  }

  let mailbox: Mailbox
  let limits: LiveServer.Limits
  let access: Access
  let program: LiveServer.Program
  /// A thread that may wait for the disk.
  private let disk: NIOThreadPool
  private let page: Page
  private var images: ImageCache
  private let saved: SavedRoutes?
  private var teaching: TeachRoutes?
  private var imageRequests: ImageRequests?
  private var parts: CropRoutes?
  /// Bytes of images that clients have sent, until they are answered.
  private var imageBytes = 0
  /// In the order of their arrival.
  private var connections: [Connection] = []
  /// The last events, oldest first.
  private(set) var messages: [Message] = []
  /// The last event of each source.
  private(set) var newest: [Int: Message] = [:]
  private(set) var status = ByteBuffer()
  private var ticks = 0
  var counts = ServerCounts()

  init(
    _ mailbox: Mailbox, _ program: LiveServer.Program, _ limits: LiveServer.Limits,
    _ access: Access, _ teacher: Teacher?, _ saved: SavedFolder?, _ queue: ImageQueue?,
    _ parts: PartRequests?, _ disk: NIOThreadPool
  ) {
    self.disk = disk
    self.mailbox = mailbox
    self.program = program
    self.limits = limits
    self.access = access
    self.parts = parts.map { CropRoutes(mailbox, $0, isTaught: teacher != nil) }
    page = Page(
      teaches: teacher != nil, saves: saved != nil, crops: parts != nil && access.token != nil)
    images = ImageCache(mailbox)
    self.saved = saved.map(SavedRoutes.init)
    teaching = teacher.map { TeachRoutes($0, mailbox, saved) }
    imageRequests = queue.map { ImageRequests($0, isBesideCameras: !mailbox.names.isEmpty) }
  }

  // MARK: Connections

  /// Takes in a connection; the oldest that waits for a request makes room for it, if there must be any.
  ///
  /// - Returns: false when there is no room.
  func add(_ connection: Connection) -> Bool {
    if connections.count >= limits.connections {
      counts.evicted += 1
      guard let index = connections.firstIndex(where: \.isIdle) else { return false }
      connections.remove(at: index).drop()
    }
    connections.append(connection)
    return true
  }

  func remove(_ connection: Connection) {
    connections.removeAll { $0 === connection }
    updateAwaited()
  }

  /// Says whether anybody waits for news.
  func updateAwaited() { mailbox.setAwaited(connections.contains(where: \.awaitsNews)) }

  var streamCount: Int { connections.count(where: \.isStreaming) }

  // MARK: News

  /// Hands on what the classifier has left in the mailbox.
  func distribute() {
    let news = mailbox.takeNews()
    for event in news.events {
      let text = "id: \(event.number)\ndata: \(event.record.json)\n\n"
      let message = Message(
        number: event.number, source: event.source, text: ByteBuffer(string: text))
      messages.append(message)
      newest[event.source] = message
    }
    if messages.count > Mailbox.eventLimit {
      messages.removeFirst(messages.count - Mailbox.eventLimit)
    }
    if news.hasNews { renewStatus() }
    // A connection may end meanwhile, which changes the list.
    for connection in Array(connections) { connection.newsHasCome(hasStatus: news.hasNews) }
  }

  /// Once a second.
  func tick() {
    ticks += 1
    images.compressPictures()
    distribute()
    let now = NIODeadline.now()
    for connection in Array(connections) { connection.checkTime(now) }
    if ticks % History.step == 0, streamCount > 0 {
      renewStatus()
      for connection in Array(connections) { connection.newsHasCome(hasStatus: true) }
    }
  }

  func renewStatus() {
    let text = StatusReport(mailbox, program).json
    status = ByteBuffer(string: "event: status\ndata: \(text)\n\n")
  }

  // MARK: Answers

  /// What has to be read from the disk first; nil for what has not.
  func reading(for request: Request) throws(Request.Refusal) -> SavedRoutes.Reading? {
    switch Route(rawValue: request.path) {
    case .saved: return try saved?.list(for: request)
    case .savedPicture: return try saved?.picture(for: request)
    case .picture:
      guard case (let number, .saved(let name)) = try changedPicture(for: request) else {
        return nil
      }
      return saved?.picture(name, orElse: "the picture of the change \(number) is kept no more")
    default: return nil
    }
  }

  /// Reads on a thread that may wait for the disk; `reply` is called once, on the server's event loop.
  func read(
    _ reading: @escaping SavedRoutes.Reading, on loop: any EventLoop,
    reply: @escaping (Response) -> Void
  ) {
    let reply = NIOLoopBound(reply, eventLoop: loop)
    disk.submit { state in
      guard case .active = state else { return }
      let response = reading()
      loop.execute { reply.value(response) }
    }
  }

  /// What can be answered at once; nil for an image that must be waited for.
  func response(to request: Request) throws(Request.Refusal) -> Response? {
    switch Route(rawValue: request.path) {
    case .page: page.response()
    case .image: try image(for: request)
    case .metrics: MetricsText(mailbox, program, counts, connections: connections.count).response
    case .history: try history(for: request)
    case .picture: try picture(for: request)
    case .crop where parts != nil: try parts?.look(for: request)
    case .health, .ready: health()
    case .description:
      Response(
        type: "application/json", body: ByteBuffer(bytes: PackageResources.openapi_json))
    // Those are answered elsewhere, or there is none of it.
    case .events, .classify, .saved, .savedPicture, .crop, nil:
      throw Request.Refusal(status: .notFound, reason: "there is no \(request.path)")
    }
  }

  /// Has another part of a camera's frames looked at; all clients are told of it.
  func changePart(_ body: ByteBuffer) throws(Request.Refusal) -> Response {
    guard let response = try parts?.change(body) else {
      throw Request.Refusal(status: .notFound, reason: "no part can be chosen here")
    }
    distribute()
    return response
  }

  /// Has an image classified; `reply` is called once, on the server's event loop, unless it is withdrawn.
  func classify(
    _ body: ByteBuffer, on loop: any EventLoop, reply: @escaping (Response) -> Void
  ) throws(Request.Refusal) -> Int {
    guard let number = try imageRequests?.classify(body, on: loop, reply: reply) else {
      throw Request.Refusal(status: .notFound, reason: "images are not classified here")
    }
    return number
  }

  /// Forgets an image.
  func withdraw(_ number: Int) { imageRequests?.withdraw(number) }

  /// Makes room for bytes of an image; false when too many are here already.
  func reserve(_ count: Int) -> Bool {
    guard imageBytes + count <= limits.imageBytesInAll else { return false }
    imageBytes += count
    return true
  }

  /// Gives it back.
  func release(_ count: Int) { imageBytes -= count }

  /// The newest image of the camera asked for; nil when it has yet to come.
  private func image(for request: Request) throws(Request.Refusal) -> Response? {
    try images.image(of: source(for: request))
  }

  private func source(for request: Request) throws(Request.Refusal) -> Int {
    try mailbox.source(named: request["camera"])
  }

  /// What the frame of a change shows.
  private func picture(for request: Request) throws(Request.Refusal) -> Response {
    switch try changedPicture(for: request) {
    case (_, .held(let content)):
      return Response(type: "image/jpeg", body: try images.bytes(of: content))
    case (let number, .saved):
      throw Self.noPicture(number)
    }
  }

  private static func noPicture(_ number: UInt64) -> Request.Refusal {
    Request.Refusal(
      status: .notFound, reason: "there is no picture of a change \(number) any more")
  }

  private func changedPicture(
    for request: Request
  ) throws(Request.Refusal) -> (number: UInt64, picture: AnswerChanges.Picture) {
    guard let number = request["id"].flatMap({ UInt64($0) }) else {
      throw Request.Refusal(status: .badRequest, reason: "id takes the id of a change")
    }
    guard let picture = mailbox.change(number)?.picture else { throw Self.noPicture(number) }
    return (number, picture)
  }

  /// Has the teacher do what is asked for; `reply` is called once, on the server's event loop.
  func teach(
    _ request: Request, _ body: ByteBuffer, on loop: any EventLoop,
    reply: @escaping (Response) -> Void
  ) throws(Request.Refusal) {
    guard let teacher = teaching?.teacher,
      let command = try teaching?.command(for: request, body: body)
    else { throw Request.Refusal(status: .notFound, reason: "there is no \(request.path)") }
    let reply = NIOLoopBound(reply, eventLoop: loop)
    teacher.perform(command) { result in
      loop.execute { reply.value(Response(result)) }
    }
  }

  /// Changes of answers, newest first: all that are kept, or those of a camera, or those after one with a number.
  private func history(for request: Request) throws(Request.Refusal) -> Response {
    let source = try request["camera"] == nil ? nil : mailbox.names[source(for: request)]
    var after: UInt64 = 0
    if let text = request["after"] {
      guard let number = UInt64(text) else {
        throw Request.Refusal(status: .badRequest, reason: "after takes the id of a change")
      }
      after = number
    }
    let changes = mailbox.changes.reversed().filter { change in
      change.number > after && source.map { change.source == $0 } ?? true
    }
    let list = changes.map(\.json).joined(separator: ",\n")
    return Response(type: "application/json", text: "{\"changes\": [\(list)]}\n")
  }

  private func health() -> Response {
    let complaints = mailbox.sources().compactMap { source in
      source.health.complaint(timeout: mailbox.timeout, at: .now)
        .map { "\(source.name): \($0)\n" }
    }
    return complaints.isEmpty
      ? Response(text: "ok\n")
      : Response(status: .serviceUnavailable, text: complaints.joined())
  }
}
