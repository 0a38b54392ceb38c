import LiveMQTT
import Testing

@Suite("Topics of sources, whatever their names are")
struct TopicsTests {
  @Test(arguments: [
    ("/dev/video0", "dev-video0"), ("rtsp://192.0.2.8/1", "rtsp-192-0-2-8-1"), ("a/b", "a-b"),
    ("../x", "x"), ("<script>", "script"), ("Front_Door", "front_door"),
  ])
  func slug(name: String, expected: String) {
    #expect(Topics(name: "box", sources: [name]).sources == [expected])
  }

  @Test func nothingLeft() {
    let names = ["#", "+", "📷", "/", ""]
    let sources = Topics(name: "box", sources: names).sources
    #expect(sources.allSatisfy { $0.hasPrefix("source-") && Topics.isName($0) })
    #expect(Set(sources).count == names.count)
  }

  @Test(
    "Two with the same slug are told apart, the first keeps its own, and none depends on its place")
  func collisions() {
    let one = Topics(name: "box", sources: ["/dev/video0", "dev/video0", "DEV video0"]).sources
    #expect(one[0] == "dev-video0")
    #expect(Set(one).count == 3)
    let other = Topics(name: "box", sources: ["/dev/video0", "DEV video0", "dev/video0"]).sources
    #expect(other == [one[0], one[2], one[1]])
    let same = Topics(name: "box", sources: ["-", "x", "x", "x"]).sources
    #expect(Set(same).count == 4 && same.allSatisfy(Topics.isName))
  }

  @Test func longNames() {
    let name = String(repeating: "ä1", count: 150)
    let sources = Topics(name: "box", sources: [name, name + "x"]).sources
    #expect(sources[0] != sources[1])
    #expect(sources.allSatisfy { $0.utf8.count == 64 && Topics.isName($0) })
  }

  @Test func names() {
    #expect(Topics.isName("Box_1-a"))
    for name in ["", "a/b", "#", "+", "a b", "ä", "a\0", String(repeating: "a", count: 65)] {
      #expect(!Topics.isName(name))
    }
    let topics = Topics(name: "box", sources: ["cam"])
    #expect(topics.status == "mmrl/box/status" && topics.command == "mmrl/box/command")
    #expect(topics.topic(.state, of: 0) == "mmrl/box/cam/state")
    #expect(Topics.slug("box.lan", fallback: "box") == "box-lan")
  }
}
