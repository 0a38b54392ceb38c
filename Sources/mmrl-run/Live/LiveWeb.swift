import Capture
import Imaging
import LiveServer

/// Hands what the loop sees and finds to the server.
final class LiveWeb: LiveSink {
  private let board: LiveBoard
  private let server: LiveServer
  private let names: [String]

  /// Starts the server.
  init(
    _ address: ServerAddress, token: AccessToken?, names: [String], patience: Double,
    program: LiveServer.Program
  ) throws(LiveServer.StartError) {
    self.names = names
    board = LiveBoard(sources: names, patience: patience)
    server = try LiveServer(address, token: token, board: board, program: program)
    Message.say("serving at http://\(server.address)/")
  }

  /// Whether somebody looks at a source's pictures.
  func isWatched(_ source: Int) -> Bool { board.isWatched(source) }

  /// Hands over a frame; `image` becomes another one, whose memory can be used again.
  func show(_ index: Int, _ info: FrameInfo, jpeg: [UInt8], image: inout Image) {
    board.show(index, sequence: info.sequence, jpeg: jpeg, image: &image)
  }

  /// A frame was not classified.
  func sawStill(_ index: Int, _ info: FrameInfo) { board.sawStill(index, dropped: info.dropped) }

  func take(_ result: LiveResult) -> Bool {
    let record = result.record(dropped: result.info.dropped)
    board.publish(
      result.index, json: String(JSONLines().line(for: record).dropLast()),
      age: MonotonicTime.now - result.info.captured,
      inference: result.classification.milliseconds / 1000, dropped: result.info.dropped)
    return true
  }

  /// A source says something.
  func note(_ name: String, _ event: SourceEvent) {
    guard let index = names.firstIndex(of: name) else { return }
    switch event {
    case .started(let detail): board.started(index, detail, again: false)
    case .resumed(_, let detail): board.started(index, detail, again: true)
    case .fault(let fault, let detail):
      board.fault(index, kind: fault.rawValue, detail: detail, isAway: fault.endsStreaming)
    }
  }

  /// A source has come to its end.
  func ended(_ index: Int) { board.ended(index) }

  /// Ends the server.
  func stop() { server.stop() }
}

extension Fault {
  /// Whether no frames can come until the source is opened again.
  fileprivate var endsStreaming: Bool {
    switch self {
    case .disconnected, .stalled, .format, .stream: true
    case .damaged, .short, .marked, .timestamp, .queue: false
    }
  }
}
