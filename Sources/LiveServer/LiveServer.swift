import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// A small HTTP server beside a running classifier: a page, events, the newest picture, metrics, health.
///
/// One thread of its own; the classifier meets it only at its ``LiveBoard``.
public final class LiveServer: Sendable {
  /// What clients may take, so that no number of them takes more.
  public struct Limits: Sendable {
    /// Connections at once; a new one beyond that takes the place of the oldest that waits for a request.
    public var connections = 64
    /// Clients of `/events` at once.
    public var streams = 24
    /// Seconds until a request must be complete, from the connection or the last answer on.
    public var requestTime = 15.0
    /// Seconds until a client must have taken what was sent to it.
    public var answerTime = 15.0
    /// Seconds to wait for a camera's next frame.
    public var frameTime = 5.0

    /// The limits for daily use.
    public init() {}
  }

  /// What the page and the metrics say of the program.
  public struct Program: Sendable {
    /// Its name and version.
    public var version: String
    /// The model's file name.
    public var model: String
    /// The instruction set in use.
    public var instructionSet: String

    /// Describes a program.
    public init(version: String, model: String, instructionSet: String) {
      self.version = version
      self.model = model
      self.instructionSet = instructionSet
    }
  }

  /// Why it could not start.
  public struct StartError: Error, CustomStringConvertible {
    /// One line for a person.
    public var description: String
  }

  /// Where it listens.
  public let address: ServerAddress
  private let group: MultiThreadedEventLoopGroup
  private let listener: any Channel
  private let board: LiveBoard

  /// Starts to listen.
  ///
  /// - Throws: when the address is not this machine's or in use, or when one that others can reach has no token.
  public init(
    _ address: ServerAddress, token: AccessToken?, board: LiveBoard, program: Program,
    limits: Limits = Limits()
  ) throws(StartError) {
    guard address.isLoopback || token != nil else {
      throw StartError(description: "\(address) can be reached by others: a token is needed")
    }
    self.board = board
    group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    let hub = NIOLoopBoundBox.makeBoxSendingValue(
      Hub(board, program, limits, token: token, isLoopback: address.isLoopback), eventLoop: loop)
    do {
      listener = try Self.bootstrap(group, hub, limits)
        .bind(host: address.host, port: address.port).wait()
    } catch {
      try? group.syncShutdownGracefully()
      throw StartError(description: "cannot serve at \(address): \(Self.reason(error))")
    }
    self.address = address.with(port: listener.localAddress?.port ?? address.port)
    board.onNews { loop.execute { hub.value.distribute() } }
    loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
      hub.value.tick()
    }
  }

  /// Ends all connections and the thread.
  public func stop() {
    board.onNews(nil)
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
    default: unsafe String(cString: strerror(error.errnoCode))
    }
  }
}
