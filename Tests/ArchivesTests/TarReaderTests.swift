import Archives
import Basics
import Foundation
import Testing
import TestSupport

@Suite("Tar archives")
struct TarReaderTests {
  /// Runs a script of the shell in a folder.
  private func shell(_ script: String, in folder: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-e", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  /// What the members of an archive hold, and the error behind them.
  private func members(
    _ archive: String
  ) -> (found: [(path: String, content: String)], error: TarError?) {
    let bytes = [UInt8]((try? Data(contentsOf: URL(fileURLWithPath: archive))) ?? Data())
    var reader = TarReader(PathName(archive))
    var found: [(String, String)] = []
    do throws(TarError) {
      while let member = try reader.next() {
        let path = String(decoding: member.path, as: UTF8.self)
        switch member.content {
        case .bytes(let offset, let count):
          let end = min(offset + count, bytes.count)
          found.append((path, String(decoding: bytes[offset..<max(offset, end)], as: UTF8.self)))
        case .missing(let what): found.append((path, "<\(what)>"))
        }
      }
      return (found, nil)
    } catch {
      return (found, error)
    }
  }

  private static let long = String(repeating: "long/", count: 30) + "name.jpg"
  private static let longest = String(repeating: "folder/", count: 60) + "ü.jpg"

  @Test(
    "Members of all formats have their names and bytes",
    arguments: ["v7", "ustar", "oldgnu", "gnu", "pax"])
  func formats(format: String) throws {
    try withTemporaryDirectory { folder in
      // The oldest have no room for such names.
      let names =
        ["a.jpg", "d/b.png", "empty"]
        + (format == "v7" ? [] : [Self.long])
        + (format.hasSuffix("gnu") || format == "pax" ? [Self.longest] : [])
      for name in names {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let text = name == "empty" ? "" : String(repeating: "contents of \(name)\n", count: 70)
        try text.write(to: file, atomically: false, encoding: .utf8)
      }
      try shell(
        """
        ln -s a.jpg link.jpg
        tar --format=\(format) -cf all.tar a.jpg d empty link.jpg \(format == "v7" ? "" : "long") \
          \(names.contains(Self.longest) ? "folder" : "")
        ln a.jpg hard.jpg; tar --format=\(format) -cf links.tar a.jpg hard.jpg
        """, in: folder)
      let (found, error) = members(folder + "/all.tar")
      #expect(error == nil)
      #expect(Set(found.map(\.path)) == Set(names + ["link.jpg"]))
      for (path, content) in found where path != "link.jpg" {
        #expect(content == (try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)))
      }
      #expect(found.first { $0.path == "link.jpg" }?.content == "<a symbolic link>")
      let links = members(folder + "/links.tar")
      #expect(links.error == nil)
      #expect(links.found.map(\.path) == ["a.jpg", "hard.jpg"])
      #expect(links.found.last?.content == "<a hard link>")
    }
  }

  @Test(
    "Files with holes are told of, and what follows them is found", arguments: ["oldgnu", "pax"])
  func sparse(format: String) throws {
    try withTemporaryDirectory { folder in
      try shell(
        """
        for place in 1 3 5 7 9 11 13 15; do
          printf x | dd of=holes bs=1 seek=${place}00000 conv=notrunc 2>/dev/null
        done
        echo after > after
        tar --format=\(format) --hole-detection=raw -Scf all.tar holes after
        """, in: folder)
      let (found, error) = members(folder + "/all.tar")
      #expect(error == nil)
      #expect(found.map(\.path) == ["holes", "after"])
      #expect(found.map(\.content) == ["<a sparse file>", "after\n"])
    }
  }

  @Test("Archives that follow one another in a file are all read, and many members")
  func several() throws {
    try withTemporaryDirectory { folder in
      try shell(
        """
        for index in $(seq 600); do echo $index > $index; done
        tar -cf one.tar $(seq 300); tar -cf two.tar $(seq 301 600); cat one.tar two.tar > all.tar
        """, in: folder)
      let (found, error) = members(folder + "/all.tar")
      #expect(error == nil)
      #expect(found.map(\.content) == (1...600).map { "\($0)\n" })
    }
  }

  @Test("Cut off anywhere, an archive gives the members before that and says where it ends")
  func truncated() throws {
    try withTemporaryDirectory { folder in
      try shell(
        "for name in a b c; do printf %600s $name > $name; done; tar -b 1 -cf all.tar a b c",
        in: folder)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/all.tar"))
      // A member is a header and two blocks; two blocks of zeros are the end, of which one will do.
      #expect(bytes.count == 11 * 512)
      for length in stride(from: 0, through: bytes.count, by: 128) {
        let path = folder + "/cut.tar"
        try bytes.prefix(length).write(to: URL(fileURLWithPath: path))
        let (found, error) = members(path)
        // What fills a member's last block up is not missed.
        #expect(found.count == min(3, (length + 424) / 1536), "\(length)")
        let isWhole = length == 10 * 512 || length == bytes.count
        guard !isWhole else {
          #expect(error == nil, "\(length)")
          continue
        }
        guard length >= 512 else {
          #expect(error == .notArchive)
          continue
        }
        guard case .damaged(let offset, let what)? = error else {
          Issue.record("\(length): \(String(describing: error))")
          continue
        }
        #expect(offset <= length && what.contains("archive"), "\(length)")
      }
    }
  }

  @Test("A damaged header, and what is no archive, are told of")
  func damaged() throws {
    try withTemporaryDirectory { folder in
      try shell(
        """
        for name in a b; do echo $name > $name; done; tar -cf all.tar a b
        gzip -k all.tar; mv all.tar.gz gzip.tar; cp all.tar bad.tar
        printf Z | dd of=bad.tar bs=1 seek=1030 conv=notrunc 2>/dev/null
        """, in: folder)
      let bad = members(folder + "/bad.tar")
      #expect(bad.found.map(\.path) == ["a"])
      #expect(bad.error?.description == "damaged at byte 1024: no header where one has to be")
      #expect(members(folder + "/gzip.tar").error == .notArchive)
      #expect(members(folder + "/none.tar").error == .system(SystemError(code: ENOENT)))
    }
  }

  @Test("Headers that state what cannot be do no harm")
  func hostile() throws {
    try withTemporaryDirectory { folder in
      try shell("echo a > a; tar --format=pax --pax-option=x:=y -cf all.tar a", in: folder)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/all.tar")))
      let path = folder + "/hostile.tar"
      var random = SplitMix64(seed: 1)
      for _ in 0..<3000 {
        var changed = bytes
        for _ in 0..<3 {
          changed[Int(random.next() % 1600)] = UInt8(truncatingIfNeeded: random.next())
        }
        // With sums that are right, so that more than these is looked at.
        for start in [0, 1024] {
          for place in 148..<156 { changed[start + place] = UInt8(ascii: " ") }
          let sum = changed[start..<start + 512].reduce(0) { $0 + Int($1) }
          let digits = String(sum, radix: 8)
          for (index, digit) in digits.utf8.enumerated() { changed[start + 148 + index] = digit }
        }
        try Data(changed).write(to: URL(fileURLWithPath: path))
        let (found, _) = members(path)
        #expect(found.count <= 2)
      }
    }
  }
}
