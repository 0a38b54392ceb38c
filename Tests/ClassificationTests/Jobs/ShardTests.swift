import Basics
import Classification
import Foundation
import Testing
import TestSupport

@Suite("Parts of a job")
struct ShardTests {
  private func names(_ place: String, _ shard: Shard) -> [String] {
    var selection = ImageSelection()
    selection.shard = shard
    var list = ImageList([PathName(place)], recursively: true, selection: selection)
    var names: [String] = []
    while case .image(let path)? = list.next() { names.append(path.name) }
    return names
  }

  @Test("Each image is in one part, and in the same however the folder is called")
  func partition() throws {
    try withTemporaryDirectory { folder in
      let expected = (0..<200).map { "\($0).png" }
      for (index, name) in expected.enumerated() {
        let file = URL(fileURLWithPath: "\(folder)/in/\(index % 3)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
      }
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: folder + "/in")
      let shards = try (0..<4).map { try #require(Shard($0, of: 4)) }
      let parts = shards.map { names(folder + "/in", $0) }
      #expect(parts.flatMap(\.self).sorted() == expected.sorted())
      // 50 on average, with a standard deviation of 6.
      #expect(parts.allSatisfy { (20...80).contains($0.count) })
      for other in ["/in/", "/./in", "//in//", "/link"] {
        #expect(shards.map { names(folder + other, $0) } == parts, "\(other)")
      }
    }
  }

  @Test("The hash is XXH64 of the path, whatever stands for nothing in it")
  func hash() throws {
    // As its specification has it of these two texts.
    let shards = try (0..<1000).map { try #require(Shard($0, of: 1000)) }
    func index(_ path: String) -> Int? { shards.firstIndex { $0.contains(Array(path.utf8)) } }
    #expect(index("") == Int(0xef46_db37_51d8_e999 as UInt64 % 1000))
    #expect(index("abc") == Int(0x44bc_2cf5_ad77_0999 as UInt64 % 1000))
    #expect(index("./d//a.png") == index("d/a.png"))
    #expect(index("d/./a.png") == index("d/a.png"))
    #expect(index("/d/a.png") != index("d/a.png"))
  }

  @Test("There is no part beyond the last")
  func none() {
    #expect(Shard(8, of: 8) == nil && Shard(-1, of: 8) == nil && Shard(0, of: 0) == nil)
    #expect(Shard(7, of: 8)?.description == "7/8")
  }
}
