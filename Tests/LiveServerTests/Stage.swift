import Glibc
import Imaging
import LiveServer
import TestSupport
import Testing

/// A server under test with its board, on a port of its own.
struct Stage {
  static let token = "correct-horse-battery"
  let board: LiveBoard
  let server: LiveServer

  /// Times that no test reaches, however busy the machine is; a test of one sets it.
  static var limits: LiveServer.Limits {
    var limits = LiveServer.Limits()
    limits.requestTime = 3600
    limits.answerTime = 3600
    limits.frameTime = 3600
    return limits
  }

  /// Calls `body` with a server, which is stopped after.
  static func with(
    sources: [String] = ["/dev/video0"], token: String? = nil,
    limits: LiveServer.Limits = Stage.limits, _ body: (Stage) throws -> Void
  ) throws {
    let board = LiveBoard(sources: sources, patience: 3600)
    let server = try LiveServer(
      #require(ServerAddress("127.0.0.1:0")), token: token.map { try #require(AccessToken($0)) },
      board: board,
      program: .init(version: "test 1", model: "a \"b\" \\.mmrl", instructionSet: "scalar"),
      limits: limits)
    defer { server.stop() }
    try body(Stage(board: board, server: server))
  }

  func client(buffer: Int32? = nil) throws -> Client {
    try Client(port: server.address.port, buffer: buffer)
  }

  /// Asks on a connection of its own.
  func get(
    _ target: String, method: String = "GET", headers: [String] = ["Host: localhost"]
  ) throws -> Client.Answer {
    try client().get(target, method: method, headers: headers)
  }

  /// What the classifier does when it has a result.
  func publish(_ json: String, source: Int = 0, age: Double = 0.02, dropped: Int = 0) {
    board.publish(source, json: json, age: age, inference: 0.005, dropped: dropped)
  }

  /// A sample of /metrics.
  func metric(_ name: String) throws -> Double {
    let line = try get("/metrics").text.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
    let sample = try #require(line)
    return try #require(Double(sample.dropFirst(name.count + 1)))
  }

  /// Asks again and again until the answer is yes.
  func eventually(_ what: Comment, _ isTrue: () throws -> Bool) throws {
    for _ in 0..<300 {
      if try isTrue() { return }
      usleep(100_000)
    }
    Issue.record(what)
  }
}
