import Basics
import Classification
import Foundation
import Glibc
import Testing
import TestSupport

@Suite("The images to classify")
struct ImageListTests {
  private func names(_ list: ImageList) -> [String] {
    var list = list
    var names: [String] = []
    while let entry = list.next() {
      switch entry {
      case .image(let path): names.append(path.name)
      case .member(_, let path, _, _): names.append(String(decoding: path, as: UTF8.self))
      case .failure(let path, let error): names.append("\(path.name): \(error)")
      }
    }
    return names
  }

  /// Calls `body` with a folder that has empty files of these names.
  private func withFiles(_ names: [String], _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for name in names {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data().write(to: file)
      }
      try body(folder)
    }
  }

  @Test("Folders in natural order, deeper ones when asked for; hidden and other files are left out")
  func folders() throws {
    let files = ["img10.png", "img2.PNG", "Img1.jpg", "notes.txt", ".h.png", "sub/x.gif", "png"]
    try withFiles(files) { folder in
      let place = [PathName(folder)]
      let flat = ImageList(place, recursively: false)
      #expect(flat.count == 3)
      #expect(names(flat) == ["Img1.jpg", "img2.PNG", "img10.png"])
      let deep = ImageList(place, recursively: true)
      #expect(names(deep) == ["Img1.jpg", "img2.PNG", "img10.png", "x.gif"])
      #expect(deep.longestKnownPath == "\(folder)/img10.png".count)
    }
  }

  @Test(
    "However few are found ahead, the images and their order are the same; then their number is not known"
  )
  func lookahead() throws {
    let files = (0..<30).flatMap { ["\($0).png", "d\($0 % 3)/\($0).jpg"] }
    try withFiles(files) { folder in
      let place = [PathName(folder)]
      let all = ImageList(place, recursively: true)
      #expect(all.count == 60)
      for lookahead in [1, 2, 7, 60, 61] {
        let list = ImageList(place, recursively: true, lookahead: lookahead)
        #expect(list.count == (lookahead > 60 ? 60 : nil), "\(lookahead)")
        #expect(names(list) == names(all), "\(lookahead)")
      }
    }
  }

  @Test("Files whose names do not tell are named, or looked into when all are")
  func unclear() throws {
    let files = ["a.png", "noending", "b.jpg_large", "notes.txt", "film", "sub/c.jpg~"]
    try withFiles(files) { folder in
      for (name, bytes) in [
        ("noending", [0xFF, 0xD8, 0xFF]), ("b.jpg_large", [UInt8]("GIF89a".utf8)),
        ("film", [UInt8]("\0\0\0\u{18}ftypmp42".utf8)), ("notes.txt", [0xFF, 0xD8, 0xFF]),
        ("sub/c.jpg~", [0xFF, 0xD8, 0xFF]),
      ] {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let place = [PathName(folder)]
      let list = ImageList(place, recursively: true)
      #expect(names(list) == ["a.png"])
      #expect(list.leftOut.paths.map(\.name) == ["b.jpg_large", "film", "noending", "c.jpg~"])
      let all = ImageList(place, recursively: true, lookingIntoAll: true)
      #expect(names(all) == ["a.png", "b.jpg_large", "noending", "notes.txt", "c.jpg~"])
      #expect(all.leftOut.paths.isEmpty)
      #expect(ImageList(place, recursively: false).leftOut.paths.count == 3)
    }
  }

  @Test("Links to folders are not followed, pipes not read; links to nothing are reported")
  func links() throws {
    try withFiles(["a.png", "sub/b.png"]) { folder in
      let files = FileManager.default
      try files.createSymbolicLink(
        atPath: folder + "/circle.png", withDestinationPath: folder)
      try files.createSymbolicLink(atPath: folder + "/again", withDestinationPath: folder)
      try files.createSymbolicLink(atPath: folder + "/c.png", withDestinationPath: "nothing")
      try files.createSymbolicLink(atPath: folder + "/d.png", withDestinationPath: "a.png")
      try #require(mkfifo(folder + "/pipe.png", 0o600) == 0)
      let list = ImageList([PathName(folder)], recursively: true)
      #expect(names(list) == ["a.png", "c.png", "d.png", "b.png"])
      // A link to a folder that is named is meant.
      #expect(names(ImageList([PathName(folder + "/again")], recursively: false)).count == 3)
    }
  }

  @Test("What is named is an image whatever its name; what cannot be listed is a failure")
  func named() throws {
    try withFiles(["a.txt"]) { folder in
      let places = ["\(folder)/a.txt", "\(folder)/missing"].map { PathName($0) }
      #expect(names(ImageList(places, recursively: false)) == ["a.txt", "missing"])
    }
    let locked = ImageList([PathName("/proc/self/task/self")], recursively: false)
    #expect(names(locked) == ["self"])
  }

  /// The images of a list with these names in a folder, after one that is named itself.
  private func listed(_ list: [String], endedBy end: String, in folder: String) throws -> [String] {
    let text = list.map { "\(folder)/\($0)" }.joined(separator: end)
    let path = folder + "/list"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    let images = ImageList(
      [PathName(folder + "/b.png")], names: NameList(descriptor: descriptor), recursively: false)
    #expect(images.count == nil)
    return names(images)
  }

  @Test("A list's names are ended by line feeds, CR LF or zeros, and come after the places")
  func list() throws {
    try withFiles(["a.png", "b.png", "d/e.png", "of two\nlines.png"]) { folder in
      let lines = try listed(["d", "a.png"], endedBy: "\n", in: folder)
      #expect(lines == ["b.png", "e.png", "a.png"])
      let returns = try listed(["a.png", "d"], endedBy: "\r\n\n", in: folder)
      #expect(returns == ["b.png", "a.png", "e.png"])
      // Zeros, as of `find -print0`, leave line feeds to the names.
      let zeros = try listed(["of two\nlines.png", "d"], endedBy: "\0", in: folder)
      #expect(zeros == ["b.png", "of two\nlines.png", "e.png"])
      let none = try listed([], endedBy: "\n", in: folder)
      #expect(none == ["b.png"])
    }
  }

  @Test("A list that cannot be read is a failure")
  func unreadableList() throws {
    try withTemporaryDirectory { folder in
      let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
      defer { close(descriptor) }
      let list = ImageList([], names: NameList(descriptor: descriptor), recursively: false)
      #expect(names(list) == ["-: Is a directory"])
    }
  }
}
