import Foundation
import LiveServer
import Testing

@Suite struct EventTests {
  @Test func everyResultIsAnEvent() throws {
    try Stage.with { stage in
      let client = try stage.client()
      let answer = try client.get("/events")
      #expect(answer.status == 200)
      #expect(answer.headers["content-type"] == "text/event-stream")
      try #require(client.wait(for: "event: status\ndata: {"))
      for index in 1...100 {
        stage.publish(index)
        try #require(client.wait(for: "id: \(index)\ndata: {\"source\": "))
        try #require(client.wait(for: Stage.member(index)))
      }
      // Each of them once.
      #expect(client.pending.split(separator: "\"sequence\": ").count == 101)
    }
  }

  @Test func theNewestResultComesAtOnce() throws {
    try Stage.with(sources: ["a", "b"]) { stage in
      stage.publish(0, source: 0)
      for index in 1...200 { stage.publish(index, source: 1) }
      let client = try stage.client()
      _ = try client.get("/events")
      try #require(client.wait(for: Stage.member(200)))
      #expect(!client.pending.contains(Stage.member(199)))
    }
  }

  @Test func aBrokenConnectionGoesOnWhereItWas() throws {
    try Stage.with { stage in
      for index in 1...10 { stage.publish(index) }
      let client = try stage.client()
      _ = try client.get("/events", headers: ["Host: localhost", "Last-Event-ID: 7"])
      try #require(client.wait(for: Stage.member(10)))
      #expect(!client.pending.contains(Stage.member(7)))
      #expect(client.pending.contains(Stage.member(8)))
      // The number of another run, or nonsense: only the newest.
      for last in ["4711", "x", "-1"] {
        let other = try stage.client()
        _ = try other.get("/events", headers: ["Host: localhost", "Last-Event-ID: \(last)"])
        try #require(other.wait(for: Stage.member(10)))
        #expect(!other.pending.contains(Stage.member(9)))
      }
    }
  }

  @Test func statusTellsOfFaults() throws {
    try Stage.with(sources: ["/dev/video0", "\"b\"\n"]) { stage in
      let client = try stage.client()
      _ = try client.get("/events")
      stage.note(.started("640x480 MJPG"))
      stage.publish(dropped: 3)
      stage.note(.fault(.damaged, "frame 3 ends too early"))
      stage.note(.odd(.padding))
      stage.server.modelReplaced([])
      stage.note(.fault(.disconnected, "unplugged"))
      try #require(client.wait(for: "\"state\":\"away\""))
      try #require(client.wait(for: "\"uptime\""))
      let line = try #require(
        client.pending.split(separator: "\n").last { $0.contains("\"state\":\"away\"") })
      let object = try JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8))
      let status = try #require(object as? [String: Any])
      let sources = try #require(status["sources"] as? [[String: Any]])
      #expect(sources.map { $0["name"] as? String } == ["/dev/video0", "\"b\"\n"])
      #expect(sources[0]["faults"] as? [String: Int] == ["damaged": 1, "disconnected": 1])
      #expect(sources[0]["odd"] as? [String: Int] == ["padding": 1])
      #expect(sources[0]["lastFault"] as? String == "unplugged")
      #expect(sources[0]["dropped"] as? Int == 3)
      #expect(sources[1]["state"] as? String == "starting")
      #expect(status["replacements"] as? Int == 1)
      #expect(status["model"] as? String == "a \"b\" \\.mmrl")
    }
  }

  @Test func clientsAreLimited() throws {
    var limits = Stage.limits
    limits.streams = 2
    try Stage.with(limits: limits) { stage in
      var clients = [try stage.client(), try stage.client()]
      for client in clients { #expect(try client.get("/events").status == 200) }
      #expect(try stage.get("/events").status == 503)
      clients.removeLast()
      try stage.eventually("the place of who has left is free") {
        try stage.get("/events").status == 200
      }
    }
  }
}
