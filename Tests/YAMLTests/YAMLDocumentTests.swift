import Testing
import YAML

@Suite("YAML files")
struct YAMLDocumentTests {
  private func read(_ text: String) -> YAMLDocument { YAMLDocument(Array(text.utf8)) }

  /// A node in one line: values with their places.
  private func text(_ node: YAMLNode?) -> String {
    guard let node else { return "nothing" }
    let place = "@\(node.place)"
    switch node.content {
    case .scalar(let text, let isPlain): return (isPlain ? text : "'\(text)'") + place
    case .list(let items): return "[\(items.map { self.text($0) }.joined(separator: " "))]" + place
    case .mapping(let entries):
      let members = entries.map { "\($0.key)@\($0.place): \(self.text($0.value))" }
      return "{\(members.joined(separator: ", "))}" + place
    case .nothing: return "nothing" + place
    }
  }

  @Test("Values have their lines and columns, which are characters")
  func places() {
    let document = read(
      """
      # a comment
      serve: 127.0.0.1:8080
      ignore: [é, "b c"]
      cameras:
        - source: /dev/video0
          thresholds: {mug: 0.7}
        -
          name: 'x: y'
      exec: |
        one
        two
      """)
    #expect(document.faults.isEmpty)
    #expect(
      text(document.root) == """
        {serve@2:1: 127.0.0.1:8080@2:8, ignore@3:1: [é@3:10 'b c'@3:13]@3:9, cameras@4:1: \
        [{source@5:5: /dev/video0@5:13, thresholds@6:5: {mug@6:18: 0.7@6:23}@6:17}@5:5 \
        {name@8:5: 'x: y'@8:11}@8:5]@5:3, exec@9:1: 'one\ntwo'@9:7}@2:1
        """)
  }

  @Test("Nothing is nothing", arguments: ["", "\n\n", "# only this\n", "---\n...\n", "\u{FEFF}"])
  func nothing(file: String) {
    let document = read(file)
    #expect(document.faults.isEmpty && document.root?.isEmpty ?? true)
  }

  @Test("A mark before UTF-8 is no part of the text, nor counted")
  func mark() {
    #expect(text(read("\u{FEFF}a: b").root) == "{a@1:1: b@1:4}@1:1")
    #expect(text(read("a: b\r\nc: d\r\n").root) == "{a@1:1: b@1:4, c@2:1: d@2:4}@1:1")
  }

  @Test(
    "What is wrong is said, and where",
    arguments: [
      ("a: 1\nb: 2\na: 3\n", "3:1", "a is here a second time, the first one is in line 1"),
      ("a:\n\tb: 1\n", "2:1", "a tab cannot indent"), ("a: 1\n\tb: 2\n", "2:1", "a tab"),
      ("a: &x 1\n", "1:4", "an anchor"), ("a: *x\n", "1:4", "alias"),
      ("a: !!str x\n", "1:4", "a tag"), ("a: !x {b: 1}\n", "1:4", "a tag"),
      ("a: [1, 2\nb: 3\n", "2:2", "flow sequence"), ("a: b: c\n", "1:5", "mapping values"),
      ("a: \"b\n", "2:1", "quoted scalar"), ("a: 1\n---\nb: 2\n", "2:1", "another one begins"),
      ("a: 1\nb\u{1}: 2\n", "2:2", "control characters"), ("a: 1\n b: 2\n", "2:3", "mapping"),
      ("? [a]\n: b\n", "1:3", "a name is expected"), ("@a: b\n", "1:1", "cannot start"),
      ("a: 1\nb: \u{0}\n", "2:4", "control characters"), ("- a\nb: c\n", "2:1", "block"),
    ])
  func faults(file: String, place: String, words: String) throws {
    let fault = try #require(read(file).faults.first)
    #expect(fault.reason.contains(words), "\(fault.reason)")
    #expect(fault.place.map { "\($0)" } == place, "\(fault)")
  }

  @Test("All of several faults are found")
  func several() {
    let faults = read("a: &x 1\nb: *x\na: 2\nc: !!int 3\n").faults
    #expect(faults.map { $0.place.map { "\($0)" } } == ["1:4", "2:4", "3:1", "4:4"])
  }

  @Test("Bytes that are not UTF-8")
  func encodings() {
    let cases: [([UInt8], String, String)] = [
      (Array("a: 1\nb: ".utf8) + [0xE9, 0x0A], "2:4", "not UTF-8"),
      ([0xFF, 0xFE, 0x61, 0x00], "1:1", "UTF-16"), ([0xFE, 0xFF, 0x00, 0x61], "1:1", "UTF-16"),
      ([0xC0, 0xAF], "1:1", "not UTF-8"), ([0x61, 0xED, 0xA0, 0x80], "1:2", "not UTF-8"),
    ]
    for (bytes, place, words) in cases {
      let faults = YAMLDocument(bytes).faults
      #expect(faults.count == 1 && faults[0].reason.contains(words))
      #expect(faults[0].place.map { "\($0)" } == place)
    }
  }

  @Test("Files that would take memory or the stack take neither")
  func hostile() {
    #expect(read(String(repeating: "a", count: (1 << 20) + 1)).faults[0].reason.contains("1 MB"))
    for open in ["[", "{a: ", "- ", "? "] {
      let faults = read(String(repeating: open, count: 100_000)).faults
      #expect(!faults.isEmpty)
      #expect(faults.allSatisfy { $0.reason.contains("nested") || $0.reason.contains("while") })
    }
    // A billion laughs.
    var text = "a0: &a0 [lol, lol]\n"
    for index in 1...30 {
      text += "a\(index): &a\(index) [*a\(index - 1), *a\(index - 1), *a\(index - 1)]\n"
    }
    #expect(read(text).faults.count == 31 + 3 * 30)
    #expect(read(String(repeating: "a: 1\n", count: 200_000)).faults.count == 199_999)
  }

  @Test("Files cut off anywhere, or with a byte changed, never crash")
  func damaged() {
    let bytes = Array("a: [1, {b: \"c\\n\"}]\nd:\n  - &x e\n  - 'f'\ng: |\n  h\n".utf8)
    for end in bytes.indices { _ = YAMLDocument(Array(bytes[..<end])) }
    for index in bytes.indices {
      for value in [0, 9, 0x22, 0x26, 0x2A, 0x3A, 0x5B, 0x7B, 0x80, 0xFF] as [UInt8] {
        var changed = bytes
        changed[index] = value
        _ = YAMLDocument(changed)
      }
    }
  }
}
