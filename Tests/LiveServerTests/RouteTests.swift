import Foundation
import Capture
import Imaging
import Live
import LiveServer
import TestSupport
import Testing

@Suite struct RouteTests {
  @Test func pageIsOneDocument() throws {
    try Stage.with { stage in
      let answer = try stage.get("/")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
      let policy = try #require(answer.headers["content-security-policy"])
      #expect(policy.hasPrefix("default-src 'none'"))
      // Its script and its style carry the word that the policy names, which differs from answer to answer.
      let nonce = try #require(
        policy.split(separator: "'nonce-").dropFirst().first?.prefix { $0 != "'" })
      #expect(answer.text.contains("<script nonce=\"\(nonce)\">"))
      #expect(answer.text.contains("<style nonce=\"\(nonce)\">"))
      #expect(answer.text.contains("EventSource"))
      #expect(!answer.text.contains("{{"))
      #expect(!answer.text.contains("src=\"http"))
      #expect(try stage.get("/").headers["content-security-policy"] != policy)
    }
  }

  @Test func headHasNoBody() throws {
    try Stage.with { stage in
      let client = try stage.client()
      for target in ["/", "/healthz", "/metrics", "/history"] {
        let answer = try client.get(target, method: "HEAD")
        #expect(answer.headers["content-length"].flatMap { Int($0) } ?? 0 > 0)
        #expect(client.pending.isEmpty)
      }
      let events = try client.get("/events", method: "HEAD")
      #expect(events.status == 200)
      #expect(events.headers["content-type"] == "text/event-stream")
      #expect(client.waitForEnd())
    }
  }

  @Test func healthFollowsResults() throws {
    try Stage.with(sources: ["a", "b"]) { stage in
      let first = try stage.get("/healthz")
      #expect(first.status == 503)
      #expect(first.text.contains("a: no result yet"))
      stage.publish(source: 0)
      #expect(try stage.get("/healthz").text.hasPrefix("b: no result yet"))
      stage.server.note(.still(dropped: 0), of: 1)
      let good = try stage.get("/healthz")
      #expect(good.status == 200)
      #expect(good.text == "ok\n")
      #expect(try stage.get("/v2/health/ready").text == "ok\n")
      stage.note(.fault(.disconnected, "unplugged"), source: 1)
      let bad = try stage.get("/healthz")
      #expect(bad.status == 503)
      #expect(bad.text == "b: away (unplugged)\n")
      #expect(try stage.get("/v2/health/ready").status == 503)
      stage.note(.resumed(after: 1, "640x480"), source: 1)
      stage.publish(source: 1)
      #expect(try stage.get("/healthz").status == 200)
      stage.server.note(.ended, of: 0)
      #expect(try stage.get("/healthz").text == "a: has ended\n")
    }
  }

  private struct History: Decodable {
    struct Change: Decodable, Equatable {
      struct Answer: Decodable, Equatable { var label, set, head: String }
      var id: Int
      var source: String
      var sequence: Int
      var time: String
      var answer: Answer?
      var unknown: Bool?
    }
    var changes: [Change]
  }

  @Test("The history has the changes of answers, newest first, and no more than it may")
  func history() throws {
    try Stage.with(sources: ["a", "b"]) { stage in
      func changes(_ query: String = "") throws -> [History.Change] {
        let answer = try stage.get("/history" + query)
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
        return try JSONDecoder().decode(History.self, from: Data(answer.text.utf8)).changes
      }
      #expect(try changes().isEmpty)
      let odd = "<script>\u{1}\"\\ 🦉"
      stage.publish(1, label: odd, isChange: true)
      stage.publish(2, label: odd)
      stage.publish(7, source: 1, isChange: true)
      stage.publish(3, isUnknown: true)
      let all = try changes()
      #expect(all.map(\.id) == [3, 2, 1] && all.map(\.sequence) == [3, 7, 1])
      #expect(all.map(\.source) == ["a", "b", "a"])
      #expect(all[0].answer == nil && all[0].unknown == true)
      #expect(all[2].answer == .init(label: odd, set: "known", head: "fusion"))
      #expect(all[2].time == "1970-01-01T00:00:00.000Z")
      #expect(try changes("?camera=b").map(\.id) == [2])
      #expect(try changes("?after=2").map(\.id) == [3])
      #expect(try changes("?camera=a&after=3").isEmpty)
      #expect(try stage.get("/history?camera=c").status == 404)
      for wrong in ["-1", "x", "99999999999999999999"] {
        #expect(try stage.get("/history?after=\(wrong)").status == 400)
      }
      for sequence in 4...400 { stage.publish(sequence, isChange: true) }
      #expect(try changes().map(\.id) == (145...400).reversed())
    }
  }

  @Test func silenceIsNotHealthy() throws {
    try Stage.with(sources: ["a"], labels: [], timeout: 0.05) { stage in
      stage.publish()
      usleep(100_000)
      let answer = try stage.get("/healthz")
      #expect(answer.status == 503)
      #expect(answer.text.hasPrefix("a: no result for "))
    }
  }

  @Test func imageIsTheCamerasOwn() throws {
    try Stage.with { stage in
      let client = try stage.client()
      // The first who looks waits for the next frame.
      client.send("GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
      try stage.eventually("a frame is asked for") { stage.server.wantsFrames(of: 0) }
      let jpeg: [UInt8] = [0xFF, 0xD8, 1, 2, 3]
      stage.show(7, jpeg: jpeg)
      let answer = try client.answer()
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "image/jpeg")
      #expect(answer.headers["x-sequence"] == "7")
      #expect(answer.body == jpeg)
      stage.publish()
      // It is still the newest, so that nobody has to wait.
      #expect(try client.get("/frame.jpg").body == jpeg)
    }
  }

  @Test func pixelsBecomeAnImage() throws {
    try Stage.with(sources: ["a b", "c"]) { stage in
      let client = try stage.client()
      client.send("GET /frame.jpg?camera=c HTTP/1.1\r\nHost: localhost\r\n\r\n")
      try stage.eventually("a frame is asked for") { stage.server.wantsFrames(of: 1) }
      #expect(!stage.server.wantsFrames(of: 0))
      let pixels = [UInt8](repeating: 200, count: 33 * 17 * 3)
      let image = Image(width: 33, height: 17, pixels: pixels)
      stage.server.show(ShownFrame(sequence: 1, .pixels(image)), of: 1)
      var decoder = ImageDecoder()
      var decoded = Image(width: 1, height: 1)
      let answer = try client.answer()
      _ = try decoder.decode(answer.body.span.bytes, into: &decoded)
      #expect(decoded.width == 33 && decoded.height == 17)
      #expect(decoded.pixels.allSatisfy { (198...202).contains($0) })
      // By its index too, and names are decoded.
      #expect(try client.get("/frame.jpg?camera=1").body == answer.body)
      client.send("GET /frame.jpg?camera=a%20b HTTP/1.1\r\nHost: localhost\r\n\r\n")
      try stage.eventually("the other one is asked for") { stage.server.wantsFrames(of: 0) }
    }
  }

  @Test func imageThatDoesNotComeIsNotAwaitedForEver() throws {
    var limits = Stage.limits
    limits.frameTime = 0.1
    try Stage.with(limits: limits) { stage in
      let answer = try stage.get("/frame.jpg")
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "1")
    }
  }

  @Test func anOldImageIsNotTheNewest() throws {
    try Stage.with { stage in
      let client = try stage.client()
      client.send("GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
      try stage.eventually("a frame is asked for") { stage.server.wantsFrames(of: 0) }
      stage.show(1, jpeg: [1])
      stage.publish()
      #expect(try client.answer().body == [1])
      stage.publish()  // another frame, which nobody saw
      client.send("GET /frame.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
      usleep(50_000)
      stage.show(3, jpeg: [3])
      #expect(try client.answer().body == [3])
    }
  }

  @Test(arguments: [
    ("GET", "/nothing", 404), ("GET", "/frame.jpg?camera=other", 404), ("GET", "/events/", 404),
    ("GET", "/../etc/passwd", 404), ("POST", "/", 405), ("DELETE", "/metrics", 405),
    ("OPTIONS", "/", 405), ("GET", "/%zz", 400), ("GET", "/?a=%f", 400), ("GET", "/%ff", 400),
    ("GET", "http://localhost/", 400), ("GET", "*", 400),
  ])
  func refuses(method: String, target: String, status: Int) throws {
    try Stage.with { stage in
      let client = try stage.client()
      let answer = try client.get(target, method: method)
      #expect(answer.status == status)
      #expect(!answer.text.isEmpty)
      #expect((answer.headers["allow"] == "GET, HEAD") == (status == 405))
      #expect(client.waitForEnd())
    }
  }

  @Test func bodiesAreRefused() throws {
    try Stage.with { stage in
      for header in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        let client = try stage.client()
        client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n\r\n")
        client.send(header.hasPrefix("C") ? "hello" : "5\r\nhello\r\n0\r\n\r\n")
        #expect(try client.answer().status == 400)
      }
    }
  }

  /// Also when the answers have to wait for the client.
  @Test(arguments: [nil, 4096] as [Int32?])
  func answersOneAfterAnother(buffer: Int32?) throws {
    try Stage.with { stage in
      let client = try stage.client(buffer: buffer)
      client.send(
        (0..<20).map { "GET /\($0 % 2 == 0 ? "metrics" : "") HTTP/1.1\r\nHost: localhost\r\n\r\n" }
          .joined())
      usleep(200_000)
      for index in 0..<20 {
        let type =
          index % 2 == 0 ? "text/plain; version=0.0.4; charset=utf-8" : "text/html; charset=utf-8"
        #expect(try client.answer().headers["content-type"] == type)
      }
    }
  }

  @Test func oldClientsAreAnswered() throws {
    try Stage.with { stage in
      let client = try stage.client()
      client.send("GET /healthz HTTP/1.0\r\n\r\n")
      let answer = try client.answer()
      #expect(answer.status == 503)
      #expect(answer.headers["connection"] == "close")
      #expect(client.waitForEnd())
    }
  }

  @Test func addressInUseIsSaid() throws {
    try Stage.with { stage in
      let address = try #require(ServerAddress("127.0.0.1:\(stage.server.address.port)"))
      let error = #expect(throws: LiveServer.StartError.self) {
        _ = try LiveServer(
          address, token: nil, sources: [], labels: [], timeout: 10,
          program: .init(version: "", model: "", instructionSet: ""))
      }
      #expect(error?.description.contains("the port is in use") == true)
    }
  }
}
