import Glibc
import LiveServer
import TestSupport
import Testing

/// Clients that want the server's time or memory.
@Suite struct HostileClientTests {
  @Test func aRequestMustBeCompleteInTime() throws {
    var limits = Stage.limits
    limits.requestTime = 0.5
    try Stage.with(limits: limits) { stage in
      let silent = try stage.client()
      let slow = try stage.client()
      slow.send("GET / HTTP/1.1\r\nHost: localhost\r\nX-")
      let idle = try stage.client()
      #expect(try idle.get("/").status == 200)
      for client in [silent, slow, idle] { #expect(client.waitForEnd()) }
    }
  }

  @Test func bytesNowAndThenDoNotProlongARequest() throws {
    var limits = Stage.limits
    limits.requestTime = 0.5
    try Stage.with(limits: limits) { stage in
      let client = try stage.client()
      client.send("GET / HTTP/1.1\r\nHost: localhost\r\n")
      try stage.eventually("the connection is closed") {
        client.send("X-A: b\r\n")
        return try stage.metric("mmrl_http_connections") == 1
      }
    }
  }

  @Test(arguments: [
    ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    ("GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "a", count: 9000))\r\n\r\n", 431),
    (
      "GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "X: \(String(repeating: "a", count: 900))\r\n", count: 20))\r\n",
      431
    ),
    ("GET / HTTP/1.1\r\nHost: localhost\r\n\(String(repeating: "a: b\r\n", count: 100))\r\n", 431),
    ("nonsense\r\n\r\n", 400), ("GET / HTTP/9.9\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nBad Header\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
  ])
  func whatIsTooLargeOrNotHTTP(request: String, status: Int) throws {
    try Stage.with { stage in
      let client = try stage.client()
      client.send(request)
      #expect(try client.answer().status == status)
      #expect(client.waitForEnd())
      #expect(try stage.get("/metrics").status == 200)
    }
  }

  @Test func manyConnectionsLeaveRoom() throws {
    try Stage.with { stage in
      stage.publish()
      let stream = try stage.client()
      _ = try stream.get("/events")
      let idle = try (0..<200).map { _ in try stage.client() }
      #expect(try stage.get("/healthz").status == 200)
      #expect(try stage.metric("mmrl_http_connections") <= 64)
      #expect(try stage.metric("mmrl_http_evicted_total") >= 100)
      // Who has a request going keeps its place.
      stage.publish(77)
      #expect(stream.wait(for: Stage.member(77)))
      #expect(idle.count == 200)
    }
  }

  @Test func halfClosedClientsGetTheirAnswer() throws {
    try Stage.with { stage in
      let client = try stage.client()
      client.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
      client.endSending()
      #expect(try client.answer().status == 200)
      #expect(client.waitForEnd())
      let early = try stage.client()
      early.send("GET / HT")
      early.endSending()
      #expect(early.waitForEnd())
      let image = try stage.client()
      image.send("GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
      image.endSending()
      try stage.eventually("a frame is asked for") { stage.server.wantsFrames(of: 0) }
      stage.show(1, jpeg: [1])
      #expect(try image.answer().body == [1])
    }
  }

  @Test func whoReadsLateGetsTheNewest() throws {
    try Stage.with { stage in
      let client = try stage.client(buffer: 4096)
      _ = try client.get("/events")
      let padding = String(repeating: "x", count: 20_000)
      let count = 1000
      for index in 1...count {
        stage.publish(index, label: padding)
        // Other clients are served meanwhile.
        if index % 250 == 0 { #expect(try stage.get("/healthz").status == 200) }
      }
      #expect(client.wait(for: Stage.member(count)))
      #expect(try stage.metric("mmrl_events_skipped_total") > 0)
      // Of 20 MB only what the kernel and one write of the server held.
      #expect(client.takeAll().count < 8_000_000)
    }
  }

  @Test func whoDoesNotReadIsClosed() throws {
    var limits = Stage.limits
    limits.answerTime = 0.5
    try Stage.with(limits: limits) { stage in
      let events = try stage.client(buffer: 4096)
      _ = try events.get("/events")
      let padding = String(repeating: "x", count: 100_000)
      for _ in 1...100 { stage.publish(label: padding) }
      let image = try stage.client(buffer: 4096)
      image.send("GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
      try stage.eventually("a frame is asked for") { stage.server.wantsFrames(of: 0) }
      stage.show(1, jpeg: [UInt8](repeating: 1, count: 20_000_000))
      try stage.eventually("both are closed") { try stage.metric("mmrl_http_connections") == 1 }
    }
  }
}
