import Foundation
import TestSupport
import Testing

@Suite("mmrl-run on tar archives")
struct ArchiveTests {
  /// Packs what lies in an album's folder of photos into an archive beside it.
  private func pack(_ album: Album, _ name: String, _ words: String = ".") throws {
    let result = try album.shell(#"cd "$PHOTOS" && tar -cf "../\#(name)" \#(words)"#)
    try #require(result.status == 0, "\(result.messages)")
  }

  @Test("Members have the records that they have as files, in the order of the archive")
  func records() throws {
    try Album.with { album in
      for (index, name) in ["b.png", "d/a.png", "._b.png", "notes.txt"].enumerated() {
        try album.addImage(name, seed: UInt64(index))
      }
      try album.add("broken.jpg", [1, 2, 3])
      try album.add("noending", try JPEGFile.photo(width: 60, height: 50))
      try pack(album, "all.tar", "d b.png ._b.png notes.txt broken.jpg noending")
      let archive = album.folder + "/all.tar"
      let result = try album.run("--format", "jsonl", archive)
      #expect(result.status == 1)
      #expect(
        result.messages.contains("1 file without a known ending was left out: \(archive)/noending"))
      let records = try result.records
      #expect(records.map(\.path) == ["d/a.png", "b.png", "broken.jpg"].map { "\(archive)/\($0)" })
      let files = try album.run(
        ["--format", "jsonl"]
          + ["d/a.png", "b.png", "broken.jpg"].map { "\(album.photos)/\($0)" }
      ).records
      #expect(records.map(\.labels) == files.map(\.labels))
      #expect(records.map(\.error) == files.map(\.error))
      let all = try album.run("--format", "jsonl", "--all-files", "--threads", "2", archive)
      #expect(
        try all.records.map(\.name) == ["a.png", "b.png", "notes.txt", "broken.jpg", "noending"])
      #expect(try all.records.filter { $0.error != nil }.map(\.name) == ["broken.jpg"])
      // A list may name archives, too.
      let listed = try album.run("--format", "jsonl", "-", input: archive + "\n")
      #expect(try listed.records.map(\.path) == records.map(\.path))
      let refused = try album.run("-o", archive, archive)
      #expect(refused.status == 64 && refused.messages.contains("is a file that is read"))
    }
  }

  @Test("Links and damage are records; what is before the damage is classified")
  func damage() throws {
    try Album.with { album in
      for index in 0..<3 { try album.addImage("\(index).png", seed: UInt64(index)) }
      let links = try album.shell(
        #"""
        cd "$PHOTOS" && ln -s 0.png link.png && tar -cf ../all.tar 0.png link.png 1.png 2.png
        head -c 9000 ../all.tar > ../cut.tar; echo text > ../text.tar
        """#)
      try #require(links.status == 0)
      let whole = try album.run("--format", "jsonl", album.folder + "/all.tar")
      #expect(whole.status == 1)
      #expect(try whole.records.map(\.name) == ["0.png", "link.png", "1.png", "2.png"])
      #expect(try whole.records[1].error?.contains("a symbolic link") == true)
      let cut = try album.run("--format", "jsonl", album.folder + "/cut.tar")
      #expect(cut.status == 1)
      let last = try #require(try cut.records.last)
      #expect(last.name == "cut.tar" && last.error?.contains("damaged at byte ") == true)
      #expect(try cut.records.first?.labels != nil)
      let text = try album.run("--format", "jsonl", album.folder + "/text.tar")
      #expect(text.status == 2)
      #expect(try text.records.first?.error != nil)
    }
  }

  @Test("Parts of archives hold each image once, and --resume goes on within one")
  func shardsAndResume() throws {
    try Album.with { album in
      for index in 0..<20 { try album.addImage("\(index).png", seed: UInt64(index)) }
      try pack(album, "all.tar")
      let archive = album.folder + "/all.tar"
      let whole = try album.run("--format", "jsonl", archive).records.map(\.path)
      #expect(whole.count == 20)
      let parts = try (0..<3).flatMap { index in
        try album.run("--format", "jsonl", "--shard", "\(index)/3", archive).records.map(\.path)
      }
      #expect(parts.sorted() == whole.sorted())
      let path = album.folder + "/out.jsonl"
      #expect(try album.run("--resume", path, archive).status == 0)
      let lines = try String(contentsOfFile: path, encoding: .utf8)
      try String(lines.dropLast(lines.count / 2)).write(
        toFile: path, atomically: false, encoding: .utf8)
      #expect(try album.run("--resume", path, archive).status == 0)
      let again = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      #expect(try again.dropFirst().map { try JSONRecord(String($0)).path } == whole)
    }
  }
}
