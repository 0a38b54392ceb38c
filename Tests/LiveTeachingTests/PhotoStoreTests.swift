import Basics
import Foundation
import LiveTeaching
import TestSupport
import Testing

@Suite("A folder of photos that is changed, and back")
struct PhotoStoreTests {
  private func with(
    _ limits: PhotoStore.Limits = .init(), _ body: (PhotoStore, String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let photos = folder + "/photos"
      try body(try PhotoStore(folder: photos, limits: limits), photos)
    }
  }

  /// All files of a folder by their paths in it, with what is in them; empty folders, too.
  private func contents(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where !name.hasPrefix(".removed") {
      found[name] = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
    }
    return found
  }

  private let time = "2026-11-29T10:11:12.345Z"

  @Test("Photos lie in a folder of their label, under names that every file system takes")
  func adding() throws {
    try with { store, folder in
      try store.add([1], to: "mug", at: time)
      try store.add([2], to: "mug", at: time)
      try store.add([3], to: "Mug", at: time)
      #expect(
        try contents(folder) == [
          "mug": Data(), "mug/2026-11-29T10-11-12.345Z.jpg": Data([1]),
          "mug/2026-11-29T10-11-12.345Z-2.jpg": Data([2]),
          "mug/2026-11-29T10-11-12.345Z-3.jpg": Data([3]),
        ])
      let labels = try store.labels()
      #expect(labels.map(\.name) == ["mug"] && labels[0].photos.count == 3)
      #expect(try store.bytes(of: "2026-11-29T10-11-12.345Z-2.jpg", label: "mug") == [2])
    }
  }

  /// Names that look dangerous, and are not; each must be read back as it is.
  @Test(arguments: [
    "<script>alert(1)<script>", "\u{1F363}", "-rf", "*",
    "a\\b", "%2e%2e", "mug; rm", "\"q\" 'q'", "é", "e\u{301}", "con", "a..b", "none",
    String(repeating: "x", count: 255),
  ])
  func oddNames(name: String) throws {
    try with { store, folder in
      try store.add([1], to: name, at: time)
      #expect(try store.labels().map(\.name) == [name])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).map { Array($0.utf8) }
          == [Array(name.utf8)])
      try store.removeLabel(name)
      #expect(try store.labels().isEmpty)
      try store.undo()
      #expect(try store.labels().map(\.photos.count) == [1])
    }
  }

  @Test(arguments: [
    "", " ", ".", "..", "../x", "/etc/passwd", "a/b", ".hidden", ".removed", "a\nb", "a\u{0}b",
    "a\u{7}b", "\u{202E}gum", "unknown", "Unknown",
    String(repeating: "x", count: 256), String(repeating: "\u{1F363}", count: 75), "a\u{FFFD}",
  ])
  func namesOfNoLabel(name: String) throws {
    try with { store, folder in
      try store.add([1], to: "mug", at: time)
      let before = try contents(folder)
      let changes: [() throws -> Void] = [
        { try store.add([1], to: name, at: self.time) }, { try store.addLabel(name) },
        { try store.renameLabel("mug", to: name) }, { try store.checkRoom(for: name) },
      ]
      for change in changes {
        let error = #expect(throws: TeachingError.self) { try change() }
        #expect(error?.kind == .unusable, "\(String(describing: error))")
      }
      for change in [{ try store.removeLabel(name) }, { try store.renameLabel(name, to: "a") }] {
        #expect(throws: TeachingError.self) { try change() }
      }
      #expect(try contents(folder) == before)
      #expect(store.lastChange == "add 1 photo of \"mug\"")
    }
  }

  @Test(
    "No photo outside of a label's folder can be named",
    arguments: [
      "../mug/1.jpg", "/etc/passwd", "..", ".", "", "1.jpg/", "secret.jpg", "link/1.jpg", "1.JPG",
    ])
  func paths(name: String) throws {
    try with { store, folder in
      try store.addLabel("mug")
      try Data([7]).write(to: URL(filePath: folder + "/mug/1.jpg"))
      try Data([8]).write(to: URL(filePath: folder + "/secret.jpg"))
      let before = try contents(folder)
      #expect(throws: TeachingError.self) { try store.bytes(of: name, label: "mug") }
      #expect(throws: TeachingError.self) { try store.removePhotos([name], of: "mug") }
      #expect(throws: TeachingError.self) { try store.removePhotos(["1.jpg", name], of: "mug") }
      #expect(throws: TeachingError.self) { try store.bytes(of: "1.jpg", label: "../photos/mug") }
      #expect(try contents(folder) == before)
    }
  }

  @Test("Every change can be undone, the last one first")
  func undoing() throws {
    try with { store, folder in
      var states: [[String: Data]] = []
      let first = "2026-11-29T10-11-12.345Z.jpg"
      let changes: [() throws -> Void] = [
        { try store.addLabel("saw") },
        { try store.add([1], to: "mug", at: self.time) },
        { try store.add([2], to: "mug", at: self.time) },
        { try store.renameLabel("mug", to: "cup") },
        { try store.removePhotos([first], of: "cup") },
        { try store.renameLabel("cup", to: "Cup") },
        { try store.removeLabel("Cup") },
        { try store.add([3], to: "cup", at: self.time) },
        { try store.removeLabel("saw") },
      ]
      for change in changes {
        states.append(try contents(folder))
        try change()
        #expect(try contents(folder) != states.last)
      }
      for state in states.reversed() {
        try store.undo()
        #expect(try contents(folder) == state)
      }
      #expect(store.lastChange == nil)
      #expect(throws: TeachingError.self) { try store.undo() }
    }
  }

  @Test("Pictures taken one after the other are one change")
  func parts() throws {
    try with { store, folder in
      try store.add([9], to: "saw", at: time)
      var change: Int?
      for index in 0..<5 {
        change = try store.add([UInt8(index)], to: "mug", at: time, asPartOf: change)
      }
      #expect(store.lastChange == "add 5 photos of \"mug\"")
      try store.undo()
      #expect(try store.labels().map(\.name) == ["saw"])
      // Nothing joins a change that was undone.
      try store.add([7], to: "mug", at: time, asPartOf: change)
      #expect(store.lastChange == "add 1 photo of \"mug\"")
      try store.undo()
      try store.undo()
      #expect(try contents(folder).isEmpty)
    }
  }

  @Test("What is in the way of undoing stays")
  func obstructed() throws {
    try with { store, folder in
      try store.add([1], to: "mug", at: time)
      try store.removeLabel("mug")
      try FileManager.default.createDirectory(
        atPath: folder + "/mug", withIntermediateDirectories: false)
      try Data([2]).write(to: URL(filePath: folder + "/mug/own.jpg"))
      #expect(throws: TeachingError.self) { try store.undo() }
      #expect(try store.labels()[0].photos.map(\.name) == ["own.jpg"])
      try FileManager.default.removeItem(atPath: folder + "/mug")
      try store.undo()
      #expect(try store.labels()[0].photos.count == 1)
    }
  }

  @Test("What a person changes by hand is seen; what is no photo or no label is not")
  func byHand() throws {
    try with { store, folder in
      let revision = store.revision
      for path in [
        "mug/1.jpg", "Mug/2.PNG", "mug/notes.txt", "mug/.3.jpg", "unknown/1.jpg", "4.jpg",
      ] {
        let url = URL(filePath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data([1]).write(to: url)
      }
      let labels = try store.labels()
      #expect(labels.count == 1 && labels[0].photos.count == 2)
      #expect(store.problems.count == 1 && store.problems[0].contains("unknown"))
      #expect(store.revision > revision)
      // Two folders of one label can be removed, and not be renamed.
      #expect(throws: TeachingError.self) { try store.renameLabel("mug", to: "cup") }
      try store.removeLabel("MUG")
      #expect(try store.labels().isEmpty)
      try store.undo()
      #expect(try store.labels()[0].photos.count == 2)
    }
  }

  @Test("A label has no more photos than it may, nor the folder labels and bytes")
  func limits() throws {
    var limits = PhotoStore.Limits()
    (limits.photosOfLabel, limits.labels, limits.bytes, limits.photoBytes) = (2, 2, 10, 8)
    try with(limits) { store, _ in
      func add(_ count: Int, _ label: String) throws {
        try store.add([UInt8](repeating: 1, count: count), to: label, at: time)
      }
      #expect(throws: TeachingError.self) { try add(9, "mug") }
      try add(4, "mug")
      try add(1, "mug")
      #expect(throws: TeachingError.self) { try add(1, "mug") }
      #expect(throws: TeachingError.self) { try store.checkRoom(for: "mug") }
      #expect(throws: TeachingError.self) { try add(6, "saw") }
      try add(5, "saw")
      #expect(throws: TeachingError.self) { try store.addLabel("third") }
      #expect(try store.labels().map(\.name) == ["mug", "saw"])
    }
  }

  @Test("Of many changes the last can be undone, and the others' remains do not stay")
  func manyChanges() throws {
    var limits = PhotoStore.Limits()
    limits.changes = 3
    try with(limits) { store, folder in
      for index in 0..<10 {
        try store.add([UInt8(index)], to: "mug", at: time)
        try store.removePhotos(store.label("mug").photos.map(\.name), of: "mug")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/.removed").count <= 3)
      for _ in 0..<3 { try store.undo() }
      #expect(throws: TeachingError.self) { try store.undo() }
    }
  }

  @Test("Killed at any point, a folder has whole photos, and the next run goes on with it")
  func restart() throws {
    try withTemporaryDirectory { folder in
      let photos = folder + "/photos"
      do {
        let store = try PhotoStore(folder: photos)
        try store.add([1], to: "mug", at: time)
        try store.add([2], to: "saw", at: time)
        try store.removeLabel("saw")
        // Another one must not use it at the same time.
        let error = #expect(throws: TeachingError.self) { try PhotoStore(folder: photos) }
        #expect(error?.kind == .conflict)
      }
      // What a file system without unnamed files leaves of a write.
      try Data([3]).write(to: URL(filePath: photos + "/mug/x.jpg.partial-1"))
      let store = try PhotoStore(folder: photos)
      #expect(try store.labels().map(\.name) == ["mug"])
      #expect(try store.labels()[0].photos.count == 1)
      #expect(store.lastChange == nil)
      #expect(!FileManager.default.fileExists(atPath: photos + "/.removed"))
    }
  }

  @Test("A folder that cannot be is refused, and a link in place of its bin is not followed")
  func unusable() throws {
    try withTemporaryDirectory { folder in
      #expect(throws: TeachingError.self) { try PhotoStore(folder: folder + "/a/b") }
      try Data().write(to: URL(filePath: folder + "/file"))
      #expect(throws: TeachingError.self) { try PhotoStore(folder: folder + "/file") }
      for name in ["elsewhere", "photos"] {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: false)
      }
      try Data([1]).write(to: URL(filePath: folder + "/elsewhere/precious"))
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/photos/.removed", withDestinationPath: folder + "/elsewhere")
      _ = try PhotoStore(folder: folder + "/photos")
      #expect(FileManager.default.fileExists(atPath: folder + "/elsewhere/precious"))
    }
  }

  @Test("Links lead nowhere, and are said, as are folders that can be no labels")
  func links() throws {
    try withTemporaryDirectory { outside in
      try Data([7]).write(to: URL(filePath: outside + "/secret.jpg"))
      try with { store, folder in
        try store.add([1], to: "mug", at: time)
        func link(_ name: String, to target: String) throws {
          try FileManager.default.createSymbolicLink(
            atPath: "\(folder)/\(name)", withDestinationPath: target)
        }
        try link("mug/a.jpg", to: outside + "/secret.jpg")
        try link("mug/b.jpg", to: "2026-11-29T10-11-12.345Z.jpg")
        try link("cup", to: outside)
        try FileManager.default.createDirectory(
          atPath: folder + "/unknown", withIntermediateDirectories: true)
        let labels = try store.labels()
        #expect(labels.map(\.name) == ["mug"] && labels[0].photos.count == 1)
        #expect(store.problems.count == 3, "\(store.problems)")
        #expect(store.problems.contains { $0.contains("\"cup\": a link") })
        #expect(store.problems.contains { $0.contains("\"mug\": 2 links passed over") })
        #expect(
          store.problems.contains { $0.contains("\"unknown\"") && $0.contains("another name") })
        #expect(throws: TeachingError.self) { try store.bytes(of: "a.jpg", label: "mug") }
        #expect(throws: TeachingError.self) { try store.label("cup") }
        // Again, from what is known of the folders.
        _ = try store.labels()
        #expect(store.problems.count == 3)
      }
    }
  }
}
