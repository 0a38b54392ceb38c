internal import Basics
package import Capture
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// JPEG pictures of an HTTP server: a multipart stream of them, or one at an address that is asked again and again.
///
/// What is neither is left to somebody else: the intake ends as foreign.
package final class HTTPFeed: FrameFeed {
  /// Redirections that are followed, one after another.
  private static let mostRedirections = 5
  private static let connectTimeout = TimeAmount.seconds(5)
  /// A single picture is asked for again after so long from the last request on.
  private static let snapshotPause = TimeAmount.milliseconds(200)
  /// Besides `http` a redirection may lead to these, which others read; to no file of this machine.
  private static let foreignSchemes: Set<String> = [
    "https", "rtsp", "rtsps", "rtmp", "rtmps", "srt", "rtp", "udp",
  ]

  /// For a person.
  package var summary: String { "read over HTTP" }
  /// JPEG files, with whatever stands between them.
  package var layout: FrameSplitter.Layout { .jpeg }
  /// Servers are live.
  package var isRecording: Bool { false }
  private let address: URLAddress

  /// A feed of an address of the scheme `http`.
  package init(_ address: URLAddress) { self.address = address }

  /// Connects on a thread of its own.
  package func start(_ intake: FrameIntake) {
    // Its own, since it may have to wait until a frame is taken.
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = group.next()
    intake.onStop { Self.shutDown(group) }
    loop.execute { [address] in Self.ask(address, group, loop, intake, before: []) }
  }

  private static func shutDown(_ group: MultiThreadedEventLoopGroup) {
    // Closes the connections, too.
    group.shutdownGracefully { _ in }
  }

  /// Asks for an address once, to which those before it led; all that follows comes from what is answered.
  private static func ask(
    _ address: URLAddress, _ group: MultiThreadedEventLoopGroup, _ loop: any EventLoop,
    _ intake: FrameIntake, before: [URLAddress]
  ) {
    let asked = NIODeadline.now()
    let finish: @Sendable (HTTPExchange.Outcome) -> Void = { outcome in
      guard !intake.shouldStop else { return }
      switch outcome {
      case .ended(let ending):
        intake.end(ending)
        shutDown(group)
      case .again:
        loop.scheduleTask(deadline: asked + snapshotPause) {
          ask(address, group, loop, intake, before: before)
        }
      case .elsewhere(let place):
        switch step(to: place, after: before + [address]) {
        case .next(let next): ask(next, group, loop, intake, before: before + [address])
        case .end(let ending):
          intake.end(ending)
          shutDown(group)
        }
      }
    }
    ClientBootstrap(group: group)
      .connectTimeout(connectTimeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(
            HTTPExchange(address, intake, finish: finish))
        }
      }
      .connect(host: address.host, port: address.port ?? 80)
      .whenFailure { error in finish(.ended(.failed(reason(error)))) }
  }

  private enum Step {
    case next(URLAddress)
    case end(FrameIntake.Ending)
  }

  /// What a redirection to `place` leads to after the addresses asked so far.
  private static func step(to place: String, after asked: [URLAddress]) -> Step {
    guard let next = asked.last?.resolving(place) else {
      return .end(.refused("redirects to \(place), which is no address"))
    }
    if foreignSchemes.contains(next.scheme) {
      return .end(.foreign(.init("a redirection to \(next.name)", address: next)))
    }
    guard next.scheme == "http" else {
      return .end(.refused("redirects to \(next.name), which is not followed"))
    }
    if asked.contains(next) {
      return .end(.refused("redirects in a circle, back to \(next.name)"))
    }
    guard asked.count <= mostRedirections else {
      return .end(.refused("redirects too often, last to \(next.name)"))
    }
    return .next(next)
  }

  private static func reason(_ error: any Error) -> String {
    switch error {
    case let error as IOError: "\(SystemError(code: error.errnoCode))"
    case let error as NIOConnectionError:
      if let single = error.connectionErrors.first {
        reason(single.error)
      } else {
        "there is no such host"
      }
    case ChannelError.connectTimeout: "does not answer"
    default: "\(error)"
    }
  }
}
