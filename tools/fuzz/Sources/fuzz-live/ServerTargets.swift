import Glibc
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix

@testable import LiveServer
@testable import LiveTeaching

/// Sends a connection's bytes to the server; the first says how many come at a time.
@Sendable func askServer(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let mailbox = Mailbox(
    sources: ["/dev/video0"], labels: ["cup", "saw"], timeout: 10, holdsPictures: false)
  let program = LiveServer.Program(version: "1", model: "a", instructionSet: "scalar")
  let access = Access(token: nil, isLoopback: true, hosts: [])
  let hub = Hub(
    mailbox, program, LiveServer.Limits(), access, nil, nil, nil, nil, .singleton)
  let channel = EmbeddedChannel()
  guard let peer = try? SocketAddress(ipAddress: "127.0.0.1", port: 1000),
    (try? Connection.install(in: channel, hub: hub)) != nil,
    (try? channel.connect(to: peer).wait()) != nil
  else { fatalError("the channel cannot be set up") }
  var rest = bytes.dropFirst()
  while !rest.isEmpty, channel.isActive {
    let count = min(rest.count, 1 + Int(first) * 16)
    _ = try? channel.writeInbound(ByteBuffer(bytes: rest.prefix(count)))
    rest = rest.dropFirst(count)
    channel.embeddedEventLoop.run()
  }
  hub.tick()
  _ = try? channel.finish(acceptAlreadyClosed: true)
}

private let teacher: Teacher = {
  let folder = "/dev/shm/mmrl-fuzz-photos-\(getpid())"
  let learning = Learning(output: folder + "/taught.mmrl") { _ in nil }
  do {
    return try Teacher(
      try PhotoStore(folder: folder), learning, first: .success(nil), names: ["cup", "saw"],
      patience: 3600)
  } catch {
    fatalError("no teacher: \(error)")
  }
}()

private let teachingMailbox = Mailbox(
  sources: ["/dev/video0"], labels: ["cup", "saw"], timeout: 10, holdsPictures: true)

/// Reads what a client asks the teacher for, which is not done: a line with the address, then the body.
@Sendable func askTeacher(_ bytes: [UInt8]) {
  let end = bytes.firstIndex(of: 0x0A) ?? bytes.count
  let uri = String(decoding: bytes[..<end], as: UTF8.self)
  let body = ByteBuffer(bytes: bytes[min(end + 1, bytes.count)...])
  let access = Access(token: nil, isLoopback: true, isTaught: true, hosts: [])
  for method in [HTTPMethod.GET, .POST] {
    let head = HTTPRequestHead(
      version: .http1_1, method: method, uri: uri,
      headers: ["Host": "localhost", "Content-Type": "application/json"])
    guard let request = try? Request(head, access), TeachRoutes.have(request.path) else { continue }
    var routes = TeachRoutes(teacher, teachingMailbox, nil)
    _ = try? routes.command(for: request, body: body)
  }
}
