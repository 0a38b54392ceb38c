import Basics
package import Classification
import Glibc
package import Live
package import LiveSaving
package import LiveTeaching
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP server beside a running classifier: a page, events, the newest image, metrics, health.
///
/// It has a thread of its own; what the classifier tells it goes through a mailbox.
package final class LiveServer: Sink {
  /// What clients may take, so that no number of them takes more.
  package struct Limits: Sendable {
    /// Connections at once; a new one beyond that takes the place of the oldest that waits for a request.
    package var connections = 64
    /// Clients of `/events` at once.
    package var streams = 24
    /// Seconds until a request must be complete, from the connection or the last answer on.
    package var requestTime = 15.0
    /// Seconds until a client must have taken what was sent to it.
    package var answerTime = 15.0
    /// Seconds to wait for a camera's next frame.
    package var frameTime = 5.0
    /// Bytes of an image that is sent to be classified, and of all those that are here at once.
    package var imageBytes = 32 << 20
    package var imageBytesInAll = 64 << 20
    /// Seconds until such an image must be classified.
    package var imageTime = 20.0

    /// The limits for daily use.
    package init() {}
  }

  /// What the page and the metrics say of the program.
  package struct Program: Sendable {
    /// Its name and version.
    package var version: String
    /// The model's file name.
    package var model: String
    /// The instruction set in use.
    package var instructionSet: String

    /// Describes a program.
    package init(version: String, model: String, instructionSet: String) {
      self.version = version
      self.model = model
      self.instructionSet = instructionSet
    }
  }

  /// Why it could not start.
  package struct StartError: Error, CustomStringConvertible {
    /// One line for a person.
    package var description: String
  }

  /// Where it listens.
  package let address: ServerAddress
  private let group: MultiThreadedEventLoopGroup
  /// A thread that may wait for the disk.
  private let disk = NIOThreadPool(numberOfThreads: 1)
  private let listener: any Channel
  private let mailbox: Mailbox
  private let teacher: Teacher?
  private let queue: ImageQueue?

  /// Starts to listen.
  ///
  /// - Parameters:
  ///   - address: where.
  ///   - token: what clients must know, if anything.
  ///   - hosts: names under which a proxy passes requests on, where the address is a loopback one.
  ///   - sources: what the cameras and streams are called.
  ///   - labels: those that answers come from, until the model is replaced.
  ///   - timeout: seconds without a result after which a source is not healthy, and for which frames are
  ///     taken after somebody has looked.
  ///   - program: what is said of the program.
  ///   - limits: what clients may take.
  ///   - teacher: teaches the model by what clients ask for, if they may; also a sink of its own.
  ///   - saved: pictures that are kept, if any are, which clients may look at.
  ///   - queue: classifies images that clients send, if they may; it ends with the server.
  ///   - parts: takes what part of the frames clients want looked at, if they may say so.
  /// - Throws: when the address is not this machine's or in use, or when there is no token though others can reach it, or
  ///   change something.
  package init(
    _ address: ServerAddress, token: AccessToken?, hosts: [HostName] = [], sources: [String],
    labels: [String], timeout: Double, program: Program, limits: Limits = Limits(),
    teacher: Teacher? = nil, saved: SavedFolder? = nil, queue: ImageQueue? = nil,
    parts: PartRequests? = nil
  ) throws(StartError) {
    guard address.isLoopback || token != nil else {
      throw StartError(description: "\(address) can be reached by others: a token is needed")
    }
    guard teacher == nil || token != nil else {
      throw StartError(description: "who teaches needs a token")
    }
    let mailbox = Mailbox(
      sources: sources, labels: labels, timeout: timeout,
      holdsPictures: teacher != nil || saved != nil,
      changes: AnswerChanges(after: saved?.lastChanges(most: AnswerChanges.limit) ?? []))
    self.mailbox = mailbox
    self.teacher = teacher
    self.queue = queue
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let access = Access(
      token: token, isLoopback: address.isLoopback, isTaught: teacher != nil, hosts: Set(hosts))
    let hub = NIOLoopBoundBox.makeBoxSendingValue(
      Hub(mailbox, program, limits, access, teacher, saved, queue, parts, disk),
      eventLoop: loop)
    disk.start()
    do {
      listener = try Self.bootstrap(group, hub, limits)
        .bind(host: address.host, port: address.port).wait()
    } catch {
      try? disk.syncShutdownGracefully()
      try? group.syncShutdownGracefully()
      throw StartError(description: "cannot serve at \(address): \(Self.reason(error))")
    }
    self.address = address.with(port: listener.localAddress?.port ?? address.port)
    mailbox.onNews { loop.execute { hub.value.distribute() } }
    loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
      hub.value.tick()
    }
  }

  /// Hands a source's event to the server.
  package func note(_ event: LiveEvent, of source: Int) { mailbox.note(event, of: source) }

  /// Counts the replacement, and notes the labels.
  package func modelReplaced(_ sets: [LabelSet]) {
    mailbox.replaceModel(labels: sets.flatMap(\.labels))
  }

  /// Whether a client has looked at a source's images lately.
  package func wantsFrames(of source: Int) -> Bool { mailbox.isWatched(source) }

  /// Hands a frame to the server.
  package func show(_ frame: ShownFrame, of source: Int) { mailbox.show(frame, of: source) }

  /// Hands a record to the server.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    mailbox.publish(record, of: source, change: change)
    return true
  }

  /// Ends the server.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) { stop() }

  /// Ends all connections and the thread.
  package func stop() {
    mailbox.onNews(nil)
    // They reply on the server's thread.
    teacher?.stop()
    queue?.stop()
    try? disk.syncShutdownGracefully()
    try? group.syncShutdownGracefully()
  }

  private static func bootstrap(
    _ group: MultiThreadedEventLoopGroup, _ hub: NIOLoopBoundBox<Hub>, _ limits: Limits
  ) -> ServerBootstrap {
    ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 64)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try Connection.install(in: channel, hub: hub.value)
        }
      }
      // What a client pipelines, and what it does not read, stays small.
      .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 4096))
      .childChannelOption(.maxMessagesPerRead, value: 1)
      .childChannelOption(.socketOption(.so_sndbuf), value: 1 << 16)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      // Clients that say they are done still get their answer.
      .childChannelOption(.allowRemoteHalfClosure, value: true)
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "\(error)" }
    return switch error.errnoCode {
    case EADDRINUSE: "the port is in use (name another one, or end the program that has it)"
    case EADDRNOTAVAIL: "this machine does not have the address"
    case EACCES: "ports below 1024 are for root (name a higher one)"
    default: "\(SystemError(code: error.errnoCode))"
    }
  }
}
