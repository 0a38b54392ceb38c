import Classification
import Foundation
import LiveMQTT
import Testing

@Suite("What Home Assistant is told")
struct DiscoveryTests {
  private func payload(
    _ names: [String], labels: [String] = Made.labels, hasImages: Bool = true
  ) throws -> [String: Any] {
    let discovery = Discovery(
      Topics(name: "Box-1", sources: names), names: names, hasImages: hasImages,
      prefix: "homeassistant", version: "mmrl-run 1")
    #expect(discovery.topic == "homeassistant/device/mmrl_Box-1/config")
    return try Made.object(discovery.payload(labels: labels))
  }

  private func components(_ payload: [String: Any]) throws -> [String: [String: Any]] {
    try #require(payload["cmps"] as? [String: [String: Any]])
  }

  @Test("The device, its origin, and the entities of a source with their topics")
  func device() throws {
    let payload = try payload(["/dev/video0"])
    let device = try #require(payload["dev"] as? [String: Any])
    #expect(device["identifiers"] as? [String] == ["mmrl_Box-1"])
    #expect((payload["o"] as? [String: Any])?["name"] as? String == "mmrl-run")
    #expect(payload["availability_topic"] as? String == "mmrl/Box-1/status")
    let all = try components(payload)
    #expect(
      all.mapValues { $0["platform"] as? String } == [
        "dev-video0_answer": "sensor", "dev-video0_score": "sensor",
        "dev-video0_problem": "binary_sensor", "dev-video0_change": "event",
        "dev-video0_image": "image",
      ])
    let answer = try #require(all["dev-video0_answer"])
    #expect(answer["device_class"] as? String == "enum")
    #expect(answer["state_topic"] as? String == "mmrl/Box-1/dev-video0/state")
    #expect(answer["unique_id"] as? String == "mmrl_Box-1_dev-video0_answer")
    #expect(answer["default_entity_id"] as? String == "sensor.mmrl_box_1_dev_video0_answer")
    #expect(all["dev-video0_change"]?["event_types"] as? [String] == ["change"])
    #expect(
      all["dev-video0_image"]?["image_topic"] as? String == "mmrl/Box-1/dev-video0/image")
    #expect(try components(self.payload(["a"], hasImages: false)).count == 4)
  }

  @Test(
    "All labels are options, whatever their names, and unknown; none is longer than is taken there")
  func options() throws {
    let all = try components(payload(["cam"]))
    let answer = try #require(all["cam_answer"])
    let options = try #require(answer["options"] as? [String])
    #expect(options.count == Made.labels.count + 1)
    #expect(Array(options.prefix(9)) == Array(Made.labels.prefix(9)))
    #expect(options.last == "unknown")
    #expect(options.allSatisfy { $0.unicodeScalars.count <= 255 })
    #expect(answer["value_template"] as? String == "{{ value[:255] }}")
    let short = try components(payload(["cam"], labels: ["a", "b"]))
    #expect(short["cam_answer"]?["value_template"] == nil)
  }

  @Test("Sources of any name have identifiers that are all different")
  func sources() throws {
    let names = [
      "a/b", "a b", "#", "+", "<script>", "../x", "📷", String(repeating: "x", count: 300),
    ]
    let all = try components(payload(names))
    #expect(all.count == 5 * names.count)
    let identifiers = all.values.compactMap { $0["unique_id"] as? String }
    #expect(Set(identifiers).count == all.count)
    let topics = all.values.compactMap { ($0["state_topic"] ?? $0["image_topic"]) as? String }
    #expect(topics.count == all.count)
    #expect(
      topics.allSatisfy { topic in
        let parts = topic.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { Topics.isName(String($0)) }
      })
  }

  @Test("A change as an event, with labels of any name")
  func event() throws {
    for label in Made.labels {
      let answer = Made.answer(label)
      let event = AnswerEvent(answer: answer, previous: "b", record: Made.record(answer, 7))
      let object = try Made.object(event.json)
      #expect(object["event_type"] as? String == "change")
      #expect(object["label"] as? String == label)
      #expect(object["previous"] as? String == "b")
      #expect(object["score"] as? Double == 0.75)
      #expect(object["sequence"] as? Int == 7)
    }
    let event = AnswerEvent(
      answer: .unknown(nil), previous: nil, record: Made.record(.unknown(nil)))
    #expect(try Made.object(event.json)["score"] is NSNull)
    #expect(try Made.object(event.json)["label"] as? String == "unknown")
  }
}
