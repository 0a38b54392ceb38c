import Foundation
import TestSupport
import Testing

/// `mmrl-run --serve`: its options, and that it serves what a stream shows.
@Suite struct ServeTests {
  private static let model = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("models/default.mmrl").path
  private static let picture = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("CaptureTests/Fixtures/waves.jpg").path

  @Test(arguments: [
    (["--serve", "nowhere"], "nowhere"), (["--serve", "0.0.0.0:8080"], "--token"),
    (["--serve", "[::]:8080"], "--token"), (["--serve", "8080", "--token", "short"], "16"),
    (["--token", "0123456789abcdef"], "--serve"),
  ])
  func wrongUsage(options: [String], what: String) throws {
    let result = try Executable.mmrlRun.run(["--stream", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.messages.contains(what))
    #expect(result.output.isEmpty)
  }

  @Test func addressInUse() throws {
    try withServer { port, _ in
      let result = try Executable.mmrlRun.run(
        ["--model", Self.model, "--stream", "/dev/null", "--serve", "\(port)"])
      #expect(result.status == 2)
      #expect(result.messages.contains("the port is in use"))
    }
  }

  @Test func servesWhatAStreamShows() throws {
    try withServer(environment: ["MMRL_TOKEN": "0123456789abcdef"]) { port, input in
      let jpeg = try Data(contentsOf: URL(fileURLWithPath: Self.picture))
      #expect(try fetch(port, "/healthz").hasPrefix("HTTP/1.0 401"))
      let token = "?token=0123456789abcdef"
      // A frame a time until the server has seen one.
      var health = ""
      for _ in 0..<600 where !health.hasPrefix("HTTP/1.0 200") {
        try input.write(contentsOf: jpeg)
        usleep(50_000)
        health = try fetch(port, "/healthz" + token)
      }
      #expect(health.hasPrefix("HTTP/1.0 200"))
      let metrics = try fetch(port, "/metrics" + token)
      #expect(metrics.contains("mmrl_build_info{version=\"mmrl-run"))
      #expect(!metrics.contains("mmrl_frames_classified_total{source=\"stdin\"} 0\n"))
    }
  }

  /// Runs `mmrl-run --stream - --serve` on a free port while `body` runs.
  private func withServer(
    environment: [String: String] = [:], _ body: (_ port: Int, _ input: FileHandle) throws -> Void
  ) throws {
    let process = try Executable.mmrlRun.process(
      ["--model", Self.model, "--stream", "-", "--serve", "127.0.0.1:0"], environment: environment)
    let (input, messages) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    try process.run()
    defer {
      // The end of the stream is the end of the program.
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    var text = ""
    while !text.contains("/\n") {
      let bytes = messages.fileHandleForReading.availableData
      try #require(!bytes.isEmpty, "it ended: \(text)")
      text += String(decoding: bytes, as: UTF8.self)
    }
    let address = try #require(text.firstMatch(of: #/serving at http://127\.0\.0\.1:([0-9]+)//#))
    try body(#require(Int(address.1)), input.fileHandleForWriting)
  }

  /// An answer, head and body.
  private func fetch(_ port: Int, _ target: String) throws -> String {
    let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, length) }
    }
    try #require(status == 0)
    let request = Array("GET \(target) HTTP/1.0\r\nHost: localhost\r\n\r\n".utf8)
    try #require(write(socket, request, request.count) == request.count)
    var answer: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(socket, &bytes, bytes.count), count > 0 {
      answer += bytes[..<count]
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
