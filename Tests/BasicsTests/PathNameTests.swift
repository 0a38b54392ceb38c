import Basics
import Testing

@Suite struct PathNameTests {
  @Test func sortsNaturally() {
    let names = ["img10", "img2", "IMG1", "a", "img02"].map { PathName($0) }.sorted().map(\.text)
    #expect(names == ["a", "IMG1", "img02", "img2", "img10"])
  }

  @Test func appendsAndNames() {
    #expect(PathName("/").appending(Array("x".utf8)) == PathName("/x"))
    #expect(PathName("a/b").appending(Array("c".utf8)).name == "c")
    #expect(PathName("/").name == "")
    #expect(PathName([0x66, 0xFF]).text == "f\u{FFFD}")
  }
}
