import Capture
import Classification
import Glibc
import Imaging
import Live
import LiveSaving
import LiveServer
import LiveTeaching
import TestSupport
import Testing

/// A server under test, on a port of its own.
struct Stage {
  static let token = "correct-horse-battery"
  let server: LiveServer
  private let names: [String]

  /// Times that no test reaches, however busy the machine is; a test of one sets it.
  static var limits: LiveServer.Limits {
    var limits = LiveServer.Limits()
    limits.requestTime = 3600
    limits.answerTime = 3600
    limits.frameTime = 3600
    limits.imageTime = 3600
    return limits
  }

  /// Calls `body` with a server, which is stopped after.
  static func with(
    sources: [String] = ["/dev/video0"], token: String? = nil, hosts: [String] = [],
    labels: [String] = ["cup", "saw"], timeout: Double = 3600,
    limits: LiveServer.Limits = Stage.limits, teacher: Teacher? = nil,
    saved: SavedFolder? = nil, queue: ImageQueue? = nil,
    parts: PartRequests? = PartRequests(wake: {}), _ body: (Stage) throws -> Void
  ) throws {
    let server = try LiveServer(
      #require(ServerAddress("127.0.0.1:0")), token: token.map { try #require(AccessToken($0)) },
      hosts: hosts.map { try #require(HostName($0)) }, sources: sources, labels: labels,
      timeout: timeout,
      program: .init(version: "test 1", model: "a \"b\" \\.mmrl", instructionSet: "scalar"),
      limits: limits, teacher: teacher, saved: saved, queue: queue, parts: parts)
    defer { server.stop() }
    try body(Stage(server: server, names: sources))
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

  /// What the loop does when it has a record; `age` in seconds.
  func publish(
    _ sequence: Int = 1, label: String = "cup", source: Int = 0, age: Double = 0.02,
    dropped: Int = 0, isChange: Bool = false, isUnknown: Bool = false
  ) {
    let scored = ScoredLabel(
      label: label, set: .known, head: .fusion, score: 1, logit: 1, classLogit: 1)
    let record = Record(
      origin: .frame(
        Record.Frame(
          source: names[source], sequence: sequence, captured: WallTime(nanoseconds: 0),
          ageMilliseconds: age * 1000, dropped: dropped, faults: [])),
      outcome: .labels(Record.Labels(labels: [scored], milliseconds: 5)))
    let change: Answer? = isUnknown ? .unknown(0.9) : isChange ? .label(scored) : nil
    _ = server.take(record, of: source, change: change)
  }

  /// What is sent to clients of such a record.
  static func member(_ sequence: Int) -> String { "\"sequence\": \(sequence), " }

  /// What the loop does with a frame that somebody wants to see.
  func show(_ sequence: UInt32, jpeg: [UInt8], source: Int = 0) {
    server.show(ShownFrame(sequence: sequence, .jpeg(jpeg)), of: source)
  }

  /// A source says something.
  func note(_ event: SourceEvent, source: Int = 0) { server.note(.source(event), of: source) }

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
