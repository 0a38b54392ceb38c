import Capture
import Classification
import Foundation
import Glibc
import Live
import LiveMQTT
import TestSupport
import Testing

@Suite(
  "The sink and a real broker", .enabled(if: Mosquitto.isInstalled), .timeLimit(.minutes(10)))
struct BrokerTests {
  @Test("All of a source is published, states so that whoever comes later sees them")
  func publishing() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let early = try broker.listen(to: "#")
      let house = try House(port: broker.port)
      try house.waitUntilConnected()
      house.sink.note(.source(.started("640x480")), of: 0)
      house.sink.note(.source(.fault(.disconnected, "gone")), of: 1)
      let record = house.take(Made.answer("cup"))
      #expect(early.hears { $0.payloads(of: "mmrl/box/dev-video0/event").count == 1 })
      #expect(early.hears { $0.payloads(of: "mmrl/box/dev-video0/result") == [record.json] })
      let event = try Made.object(early.payloads(of: "mmrl/box/dev-video0/event")[0])
      #expect(event["label"] as? String == "cup" && event["previous"] is NSNull)

      let late = try broker.listen(to: "#")
      let expected = [
        "mmrl/box/status": "online", "mmrl/box/dev-video0/state": "cup",
        "mmrl/box/dev-video0/score": "0.7500", "mmrl/box/dev-video0/problem": "OFF",
        "mmrl/box/dev-video0/result": record.json, "mmrl/box/yard/problem": "ON",
      ]
      #expect(late.hears { $0.messages.count >= expected.count + 1 })
      let retained = late.messages
      #expect(retained.allSatisfy { $0.isRetained })
      for (topic, payload) in expected { #expect(late.payloads(of: topic) == [payload]) }
      #expect(retained.map(\.topic).contains("homeassistant/device/mmrl_box/config"))
      #expect(retained.count == expected.count + 1)

      // Neither a change nor time for a record.
      house.take(Made.answer("cup", score: 0.5), isChange: false)
      house.take(.unknown(0.9))
      #expect(late.hears { $0.payloads(of: "mmrl/box/dev-video0/state").last == "unknown" })
      #expect(late.hears { $0.payloads(of: "mmrl/box/dev-video0/result").count == 2 })
      #expect(late.payloads(of: "mmrl/box/dev-video0/score").last == "0.9000")
      house.finish()
      #expect(late.hears { $0.payloads(of: "mmrl/box/status") == ["online", "offline"] })
      #expect(house.reports.list == [.connected])
    }
  }

  @Test("Two programs of one name hear of each other, once, and the one that stays is online")
  func namesakes() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let listener = try broker.listen(to: "mmrl/box/status")
      let first = try House(port: broker.port)
      try first.waitUntilConnected()
      #expect(listener.hears { $0.payloads(of: "mmrl/box/status") == ["online"] })
      for _ in 0..<2 {
        let second = try House(port: broker.port)
        #expect(second.reports.eventually { second.reports.list.contains(.namesake("box")) })
        #expect(first.reports.eventually { first.reports.list.contains(.namesake("box")) })
        second.finish()
        #expect(
          listener.hears { $0.payloads(of: "mmrl/box/status").suffix(2) == ["offline", "online"] })
        #expect(second.reports.list == [.connected, .namesake("box")])
      }
      first.finish()
      #expect(listener.hears { $0.payloads(of: "mmrl/box/status").last == "offline" })
      #expect(first.reports.list == [.connected, .namesake("box")])
    }
  }

  @Test("Labels of any name arrive as they are, and lead to no other topic")
  func labels() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let listener = try broker.listen(to: "#")
      let house = try House(port: broker.port)
      // Before that an event is told to nobody.
      try house.waitUntilConnected()
      for (index, label) in Made.labels.enumerated() {
        house.take(Made.answer(label))
        #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/state").last == label })
        // Of events that wait, too, the newest counts.
        #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/event").count == index + 1 })
      }
      let topics = Set(listener.messages.map(\.topic))
      #expect(topics.count == 7, "\(topics)")
      house.finish()
    }
  }

  @Test("A broker that is started again is told the newest, and there are two lines about it")
  func restart() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let house = try House(port: broker.port)
      try house.waitUntilConnected()
      house.take(Made.answer("cup"))
      broker.stop()
      try #require(house.reports.eventually { !house.reports.faults.isEmpty })
      for index in 0..<1000 { house.take(Made.answer("\(index)")) }
      house.take(Made.answer("a/b"))
      usleep(500_000)
      try broker.start()
      let listener = try broker.listen(to: "mmrl/#")
      #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/state").last == "a/b" })
      #expect(listener.hears { $0.payloads(of: "mmrl/box/status").last == "online" })
      #expect(!listener.payloads(of: "mmrl/box/dev-video0/state").contains("999"))
      // It had nothing on disk.
      #expect(listener.payloads(of: "mmrl/box/dev-video0/event").isEmpty)
      #expect(house.reports.list.count == 3)
      if case .back(let seconds)? = house.reports.list.last {
        #expect(seconds > 0.4)
      } else {
        Issue.record("\(house.reports.list)")
      }
      house.finish()
    }
  }

  @Test("A broker that is away at the start is found when it comes")
  func awayAtStart() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      broker.stop()
      let house = try House(port: broker.port)
      house.take(Made.answer("cup"))
      try #require(house.reports.eventually { !house.reports.faults.isEmpty })
      try broker.start()
      let listener = try broker.listen(to: "mmrl/#")
      #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/state") == ["cup"] })
      house.finish()
    }
  }

  @Test("A broker that stops working holds nobody up and fills no memory")
  func frozen() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let house = try House(port: broker.port) { plan in
        plan.hasImages = true
        plan.limits.taking = 2
        plan.limits.connecting = 1
      }
      try house.waitUntilConnected()
      broker.freeze(true)
      let before = try Self.residentBytes()
      let size = 100_000
      // Two gigabytes, if they were kept; other tests may run meanwhile, and take some.
      for index in 0..<20_000 {
        let image = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: size)
        house.take(Made.answer("\(index)"), jpeg: image)
      }
      #expect(try Self.residentBytes() - before < 1_000_000_000)
      try #require(house.reports.eventually { house.reports.faults == [.silent] })
      broker.freeze(false)
      let listener = try broker.listen(to: "mmrl/#")
      #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/state").last == "19999" })
      #expect(listener.hears { $0.messages.contains { $0.count == size } })
      house.finish()
    }
  }

  @Test("One that accepts connections and never says anything is told of, and left at the end")
  func neverAnswers() throws {
    let server = try PictureServer { _, connection in connection.stall() }
    defer { server.stop() }
    let house = try House(port: server.port) { plan in
      plan.limits.connecting = 1
      plan.limits.ending = 3600
    }
    for index in 0..<10_000 { house.take(Made.answer("\(index)")) }
    #expect(house.reports.eventually { house.reports.faults == [.silent] })
    // Nobody is there to be told: waiting for that would last longer than this test may.
    house.finish()
  }

  private static func residentBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    return try #require(Int(text.split(separator: " ")[1])) * 4096
  }

  @Test(
    "What others ask for: the model again, an image; nothing else, and nothing old or too often")
  func commands() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      try broker.publish("reload", to: "mmrl/box/command", isRetained: true)
      let house = try House(port: broker.port)
      try house.waitUntilConnected()
      #expect(
        house.reports.eventually { house.reports.remarks.contains { $0.contains("retained") } })
      #expect(house.reports.reloadCount == 0)
      try broker.publish("reload", to: "mmrl/box/command")
      #expect(house.reports.eventually { house.reports.reloadCount == 1 })
      for text in [
        "reboot", String(repeating: "x", count: 1000), String(repeating: "y", count: 100_000),
      ] {
        try broker.publish(text, to: "mmrl/box/command")
      }
      #expect(house.reports.eventually { house.reports.remarks.contains { $0.contains("longer") } })
      for _ in 0..<20 { try broker.publish("reload", to: "mmrl/box/command") }
      #expect(
        house.reports.eventually { house.reports.remarks.contains { $0.contains("once a second") } }
      )

      #expect(!house.sink.wantsFrames(of: 0))
      let listener = try broker.listen(to: "mmrl/box/+/image")
      try broker.publish("snapshot", to: "mmrl/box/command")
      #expect(house.reports.eventually { house.sink.wantsFrames(of: 0) })
      house.take(Made.answer("cup"), isChange: false, jpeg: Array("image 1".utf8))
      house.take(Made.answer("cup"), isChange: false, jpeg: Array("image 2".utf8))
      #expect(listener.hears { $0.payloads(of: "mmrl/box/dev-video0/image") == ["image 1"] })
      #expect(!house.sink.wantsFrames(of: 0) && house.sink.wantsFrames(of: 1))
      // A line each, not one for every message.
      #expect(house.reports.remarks.count <= 6, "\(house.reports.remarks)")
      house.finish()
    }
  }

  @Test("Home Assistant is told again when it comes, and of other labels")
  func homeAssistant() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let listener = try broker.listen(to: "homeassistant/device/#")
      let house = try House(port: broker.port, labels: ["a"])
      let topic = "homeassistant/device/mmrl_box/config"
      #expect(listener.hears { $0.payloads(of: topic).count == 1 })
      try house.waitUntilConnected()
      try broker.publish("offline", to: "homeassistant/status")
      try broker.publish("online", to: "homeassistant/status")
      #expect(listener.hears { $0.payloads(of: topic).count == 2 })
      let same = LabelSet(kind: .known, labels: ["a"], head: .fusion)
      house.sink.modelReplaced([same])
      house.sink.modelReplaced([same, LabelSet(kind: .novel, labels: ["<b>"], head: .class)])
      #expect(listener.hears { $0.payloads(of: topic).count == 3 })
      let payloads = listener.payloads(of: topic)
      #expect(payloads[0] == payloads[1])
      #expect(payloads[2].contains(#"["a","<b>","unknown"]"#))
      house.finish()
    }
  }

  @Test("Everything is taken back, also of sources that are gone, and nothing of others")
  func forgetting() throws {
    try withTemporaryDirectory { folder in
      let broker = try Mosquitto(in: folder)
      let house = try House(port: broker.port) { $0.hasImages = true }
      for source in 0..<2 {
        house.take(Made.answer("cup"), of: source, jpeg: [UInt8](repeating: 1, count: 100_000))
      }
      try house.waitUntilConnected()
      let early = try broker.listen(to: "#")
      #expect(early.hears { $0.messages.count { $0.topic.hasSuffix("/image") } == 2 })
      house.finish()
      try broker.publish("x", to: "mmrl/box2/status", isRetained: true)
      var plan = BrokerPlan(
        try BrokerAddress("mqtt://127.0.0.1:\(broker.port)"), Topics(name: "box", sources: []))
      plan.discovery = Discovery(
        plan.topics, names: [], hasImages: false, prefix: "homeassistant", version: "test")
      #expect(try Forgetting.run(plan) == 12)
      let late = try broker.listen(to: "#")
      #expect(late.hears { !$0.messages.isEmpty })
      usleep(300_000)
      #expect(late.messages.map(\.topic) == ["mmrl/box2/status"])
      #expect(try Forgetting.run(plan) == 0)
    }
  }
}
