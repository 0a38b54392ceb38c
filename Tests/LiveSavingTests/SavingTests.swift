import Basics
import Capture
import Classification
import Foundation
import Glibc
import Imaging
import Live
import LiveSaving
import TestSupport
import Testing

@Suite("Pictures that are kept")
struct SavingTests {
  @Test("A change's picture is kept as the camera sent it, with its record beside it")
  func changes() throws {
    try Scene.withFolder { folder in
      let scene = try Scene(folder, Scene.changes, sources: ["/dev/video0", "rtsp://cam/a_b"])
      try scene.show("cup", isChange: true)
      try scene.show("cup")
      try scene.show("saw", isChange: true, source: 1)
      scene.end()
      let files = try scene.files
      #expect(files.count == 4)
      #expect(files[1].hasSuffix("Z_dev-video0_1.json") && files[0].hasSuffix("Z_dev-video0_1.jpg"))
      #expect(files[2].hasSuffix("Z_rtsp-cam-a-b_3.jpg"))
      #expect(
        FileManager.default.contents(atPath: "\(folder)/\(files[0])") == Data(try Scene.jpeg(1)))
      let records = try scene.records
      #expect(records.map(\.kept) == [["change"], ["change"]])
      #expect(records.map(\.answer?.label) == ["cup", "saw"] && records[1].sequence == 3)
      #expect(scene.messages.with { $0 } == ["2 pictures kept"])
    }
  }

  @Test("A picture is kept whole, and its record says what of it was looked at")
  func parts() throws {
    try Scene.withFolder { folder in
      let scene = try Scene(folder, Scene.changes)
      let part = try #require(ImageRegion("0.25,0,0.5,0.5"))
      try scene.show("cup", isChange: true, part: part)
      try scene.show("saw", isChange: true)
      scene.end()
      #expect(try scene.records.map(\.crop) == ["0.25,0,0.5,0.5", nil])
      let first = try scene.files[0]
      #expect(
        FileManager.default.contents(atPath: "\(folder)/\(first)") == Data(try Scene.jpeg(1)))
      let pictures = scene.saved.pictures(before: nil, most: 2).pictures
      #expect(pictures.map(\.part) == [nil, part])
      #expect(pictures.map(\.time) == pictures.map(\.name.time))
    }
  }

  @Test(
    "Nothing of a label is in a file's name, and all of it in the record",
    arguments: [
      "../x", "<script>alert(1)</script>", "a/b", String(repeating: "x", count: 300), "\u{1F363}",
      "a \"b\" \\ \n", "",
    ])
  func hostileLabels(label: String) throws {
    try Scene.withFolder { folder in
      let scene = try Scene(folder, Scene.changes, sources: ["../../\(label)"])
      try scene.show(label, isChange: true)
      scene.end()
      for file in try scene.files {
        #expect(SavedName(file.replacing(/\.(jpg|json)$/, with: "")) != nil, "\(file)")
      }
      #expect(try scene.files.count == 2)
      #expect(try scene.records[0].answer?.label == label)
      let again = try #require(scene.saved.pictures(before: nil, most: 1).pictures.first)
      #expect(again.answer?.text == label && again.source == "../../\(label)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/..") == ["saved"])
    }
  }

  @Test("An unsure answer is kept now and then, and only if it looks new")
  func unsure() throws {
    try Scene.withFolder { folder in
      var plan = SavePlan()
      plan.unsureBelow = 0.6
      let scene = try Scene(folder, plan)
      try scene.show("cup", score: 0.61)
      try scene.show("cup", score: 0.59)
      try scene.show("cup", score: 0.1, after: 9.8)
      try scene.show("cup", score: 0.1, after: 0.3, picture: 2)
      try scene.show("unknown", score: 0.99, after: 11)
      try scene.show("unknown", score: 0.99, after: 0.1)
      scene.end()
      // The second one looked as the first.
      #expect(try scene.records.map(\.sequence) == [2, 5])
      #expect(try scene.records.map(\.kept) == [["unsure"], ["unsure"]])
    }
  }

  @Test("Pictures in turn, and by chance")
  func inTurnAndByChance() throws {
    try Scene.withFolder { folder in
      var plan = SavePlan()
      plan.period = 30
      let scene = try Scene(folder, plan, sources: ["a", "b"])
      for index in 0..<10 { try scene.show("cup", after: 10, source: index % 2) }
      // A clock that was set back does not end it.
      try scene.show("cup", after: -1000)
      try scene.show("cup", after: 5)
      scene.end()
      #expect(try scene.records.map(\.sequence) == [11, 1, 2, 5, 6, 9, 10])
      #expect(try scene.records.allSatisfy { $0.kept == ["every"] })
    }
    for (share, expected) in [(1.0, 40...40), (0.5, 5...35), (1e-12, 0...0)] {
      try Scene.withFolder { folder in
        var plan = SavePlan()
        plan.share = share
        let scene = try Scene(folder, plan)
        for _ in 0..<40 { try scene.show("cup") }
        scene.end()
        #expect(expected.contains(try scene.records.count))
      }
    }
  }

  @Test(
    "Frames from before a change are kept, a few a second, each once, with what was found in them")
  func preRoll() throws {
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.preRoll = 1
      let scene = try Scene(folder, plan)
      for index in 0..<30 { try scene.show(index % 2 == 0 ? "cup" : nil, after: 0.125) }
      try scene.show("saw", isChange: true, after: 0.125)
      try scene.show("saw", after: 0.125)
      try scene.show("cup", isChange: true, after: 0.125)
      scene.end()
      let records = try scene.records
      #expect(records.map(\.sequence) == [23, 25, 27, 29, 31, 32, 33])
      #expect(
        records.map(\.kept[0]) == Array(repeating: "pre-roll", count: 4)
          + ["change", "pre-roll", "change"])
      #expect(records[0].answer?.label == "cup")
      // Times of frames that were not classified, too.
      #expect(records.map(\.time) == records.map(\.time).sorted())
    }
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.preRoll = 30
      let scene = try Scene(folder, plan)
      // Of large frames as many as there is memory for.
      let large = try Scene.jpeg(1) + [UInt8](repeating: 0, count: 5 << 20)
      for _ in 0..<20 { try scene.show(nil, after: 0.3, jpeg: large) }
      try scene.show("saw", isChange: true)
      scene.end()
      #expect(try scene.records.count == 7)
    }
  }

  @Test("The oldest pictures make room, by number and by bytes, and what else lies there stays")
  func limits() throws {
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.limits.pictures = 5
      var scene = try Scene(folder, plan)
      for name in ["mine.jpg", "mine.json", "2026-11-29T06-41-26.123Z_a.jpg"] {
        try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      for _ in 0..<9 { try scene.show("cup", isChange: true) }
      scene.end()
      #expect(
        scene.saved.pictures(before: nil, most: 9).pictures.map(\.sequence) == [9, 8, 7, 6, 5])
      #expect(try scene.files.count == 13)
      #expect(scene.saved.count == 5)
      // By bytes, those of earlier runs too.
      var size = 0
      for file in try scene.files where file.contains("video0") {
        size += try #require(FileManager.default.contents(atPath: "\(folder)/\(file)")).count
      }
      plan.limits.bytes = size * 3 / 4
      scene.close()
      scene = try Scene(folder, plan)
      #expect(scene.saved.count == 3)
      #expect(try scene.files.count == 9)
      scene.time = scene.time + 100
      for _ in 0..<3 { try scene.show("cup", isChange: true) }
      scene.end()
      #expect((2...4).contains(scene.saved.count))
      #expect(try scene.files.contains("mine.jpg"))
    }
  }

  @Test("Of pictures of a source that look alike the older make room first, then the oldest")
  func alike() throws {
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.limits.pictures = 4
      var scene = try Scene(folder, plan, sources: ["a", "b"])
      func kept() -> [Int] {
        scene.saved.pictures(before: nil, most: 9).pictures.map(\.sequence)
      }
      // The second and fourth look like the fifth, the third as well, of another source.
      for (picture, source) in [(1, 0), (2, 0), (2, 1), (2, 0), (2, 0)] {
        try scene.show("cup", isChange: true, picture: picture, source: source)
      }
      try scene.show("cup", isChange: true, picture: 3)
      try scene.show("cup", isChange: true, picture: 4)
      scene.end()
      #expect(kept() == [7, 6, 5, 3])
      // From a place that has gone on, older ones are found all the same.
      let gone = try #require(SavedName("2026-11-29T06-41-26.123Z_a_1"))
      #expect(scene.saved.pictures(before: gone, most: 9).pictures.isEmpty)
      let future = try #require(SavedName("2199-11-29T06-41-26.123Z_a_1"))
      #expect(scene.saved.pictures(before: future, most: 9).pictures.count == 4)

      // What an earlier run has kept was not looked at: its oldest go.
      scene.close()
      scene = try Scene(folder, plan, sources: ["a", "b"])
      scene.time = scene.time + 100
      try scene.show("cup", isChange: true, picture: 4)
      scene.end()
      #expect(kept() == [1, 7, 6, 5])
    }
  }

  @Test("What a killed run left half done is removed, and nothing else")
  func halves() throws {
    try Scene.withFolder { folder in
      var scene = try Scene(folder, Scene.changes)
      for _ in 0..<3 { try scene.show("cup", isChange: true) }
      scene.end()
      let files = try scene.files
      try FileManager.default.removeItem(atPath: "\(folder)/\(files[0])")
      try FileManager.default.removeItem(atPath: "\(folder)/\(files[3])")
      for name in [
        files[4] + ".partial-12", files[5] + ".partial-1", "a.jpg.partial-1",
        files[4] + ".partial-x",
      ] {
        try Data("x".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
      }
      scene.close()
      scene = try Scene(folder, Scene.changes)
      #expect(
        try scene.files
          == (["a.jpg.partial-1", files[4], files[4] + ".partial-x", files[5]]).sorted())
      #expect(scene.saved.count == 1)
      scene.end()
    }
  }

  @Test("Names never collide, whatever the clock and the numbers of frames do")
  func names() throws {
    try Scene.withFolder { folder in
      let start = MonotonicTime.now
      for _ in 0..<3 {
        let scene = try Scene(folder, Scene.changes)
        scene.time = start
        try scene.show("cup", isChange: true, after: 0)
        scene.end()
        scene.close()
      }
      let scene = try Scene(folder, Scene.changes)
      #expect(scene.saved.count == 3)
      scene.end()
    }
  }

  @Test("A folder that another program uses, that is a file or lies nowhere is refused")
  func refused() throws {
    try Scene.withFolder { folder in
      let scene = try Scene(folder, Scene.changes)
      let error = #expect(throws: SavingError.self) { try SavedFolder(folder, .init()) }
      #expect(error?.description.contains("another program") == true)
      #expect(throws: SavingError.self) { try SavedFolder(folder + "/a/b", .init()) }
      try Data().write(to: URL(filePath: folder + "/file"))
      #expect(throws: SavingError.self) { try SavedFolder(folder + "/file", .init()) }
      scene.end()
    }
  }

  @Test("A folder that has gone is said once, and used again when it is back")
  func gone() throws {
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.retryPause = 0
      let scene = try Scene(folder, plan)
      try scene.show("cup", isChange: true)
      while scene.saved.count < 1 { usleep(1000) }
      try FileManager.default.moveItem(atPath: folder, toPath: folder + "-away")
      for _ in 0..<5 { try scene.show("cup", isChange: true) }
      scene.until { !$0.isEmpty }
      usleep(100_000)
      #expect(scene.messages.with { $0.count } == 1)
      #expect(!FileManager.default.fileExists(atPath: folder))
      try FileManager.default.moveItem(atPath: folder + "-away", toPath: folder)
      try scene.show("cup", isChange: true)
      scene.until { $0.count == 2 }
      scene.end()
      let messages = scene.messages.with { $0 }
      #expect(messages[0].contains("No such file") && messages[0].contains("tried again"))
      #expect(messages[1].contains("kept again"))
      #expect(messages[2] == "2 pictures kept, 5 passed over")
      #expect(scene.saved.count == 2)
    }
  }

  @Test("A full disk costs pictures, leaves no halves, and is written to again")
  func fullDisk() throws {
    try withTemporaryDirectory { parent in
      let disk = parent + "/disk"
      try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
      // Only root may mount; elsewhere the folder that has gone stands for what fails.
      guard mount("none", disk, "tmpfs", 0, "size=256k") == 0 else { return }
      defer { umount2(disk, Int32(MNT_DETACH)) }
      var plan = Scene.changes
      plan.retryPause = 0
      let scene = try Scene(disk, plan)
      let filler = disk + "/filler"
      try Data(repeating: 1, count: 100 << 10).write(to: URL(filePath: filler))
      let jpeg = try Scene.jpeg(1) + [UInt8](repeating: 0, count: 100 << 10)
      for _ in 0..<4 { try scene.show("cup", isChange: true, jpeg: jpeg) }
      scene.until { !$0.isEmpty }
      usleep(200_000)
      #expect(try scene.files.filter { $0 != "filler" }.count == 2)
      #expect(scene.messages.with { $0[0].contains("No space left") })
      try FileManager.default.removeItem(atPath: filler)
      try scene.show("cup", isChange: true, jpeg: jpeg)
      scene.until { $0.contains { $0.contains("kept again") } }
      scene.end()
      #expect(scene.saved.count == 2)
      #expect(try scene.files.count == 4)
    }
  }

  @Test("Pixels become files; what is no record is not listed")
  func looking() throws {
    try Scene.withFolder { folder in
      var plan = Scene.changes
      plan.unsureBelow = 0.5
      var scene = try Scene(folder, plan)
      for label in ["cup", "saw", "unknown"] { try scene.show(label, isChange: true) }
      try scene.show("cup", score: 0.1, after: 20)
      scene.end()
      scene.close()
      scene = try Scene(folder, plan)
      let all = scene.saved.pictures(before: nil, most: 10)
      #expect(all.pictures.map(\.sequence) == [4, 3, 2, 1] && !all.hasMore)
      let some = scene.saved.pictures(before: all.pictures[0].name, most: 2)
      #expect(some.pictures.map(\.sequence) == [3, 2] && some.hasMore)
      #expect(
        scene.saved.lastChanges(most: 10).map { $0.answer?.text } == ["cup", "saw", "unknown"])
      #expect(scene.saved.lastChanges(most: 1).map { $0.answer?.text } == ["unknown"])
      #expect(scene.saved.file(of: all.pictures[3].name) == (try Scene.jpeg(1)))
      // By hand, while it runs.
      let files = try scene.files
      try FileManager.default.removeItem(atPath: "\(folder)/\(files[0])")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(files[0])", withIntermediateDirectories: true)
      #expect(scene.saved.file(of: all.pictures[3].name) == nil)
      for text in ["no JSON", "{}", "[]", #"{"source": 1}"#] {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(files[1])"))
        #expect(scene.saved.pictures(before: nil, most: 10).pictures.count == 3)
      }
      #expect(try scene.saved.picture(#require(SavedName("2026-11-29T06-41-26.123Z_a_1"))) == nil)
      scene.end()
    }
  }
}
