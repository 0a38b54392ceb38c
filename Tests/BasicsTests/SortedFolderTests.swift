import Basics
import Foundation
import Testing
import TestSupport

@Suite("Folders that are looked through in order")
struct SortedFolderTests {
  private func names(_ folder: String, window: Int) throws -> [String] {
    var sorted = SortedFolder(PathName(folder), window: window)
    var names: [String] = []
    while let entry = try sorted.next() { names.append(entry.path.name) }
    return names
  }

  @Test("However few names are held at a time, all come once, in natural order")
  func windows() throws {
    try withTemporaryDirectory { folder in
      let expected = (0..<300).map { "img\($0).png" } + ["Z.png", "z.png", "z1.png", "z01.png"]
      for name in expected + [".hidden"] {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      let entries = try Folder.entries(of: PathName(folder)).sorted { $0.path < $1.path }
      let all = entries.map(\.path.name)
      #expect(all.count == expected.count)
      for window in [1, 7, 151, 304, 1000] {
        #expect(try names(folder, window: window) == all, "\(window)")
      }
    }
  }

  @Test("What comes and goes meanwhile changes nothing of the others")
  func changes() throws {
    try withTemporaryDirectory { folder in
      func add(_ name: String) throws {
        try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
      }
      for name in ["b", "d", "f", "h"] { try add(name) }
      var sorted = SortedFolder(PathName(folder), window: 2)
      #expect(try sorted.next()?.path.name == "b")
      // Before the names that are held, among those to come, and one of those held.
      try add("a")
      try add("g")
      try FileManager.default.removeItem(atPath: folder + "/d")
      var rest: [String] = []
      while let entry = try sorted.next() { rest.append(entry.path.name) }
      #expect(rest == ["f", "g", "h"])
    }
  }

  @Test("A folder that cannot be listed says why, once")
  func failure() throws {
    var sorted = SortedFolder(PathName("/nonexistent"))
    #expect(throws: SystemError(code: ENOENT)) { try sorted.next() }
    #expect(try sorted.next() == nil)
  }
}

@Suite("Reading that is tried again")
struct PatientReadingTests {
  @Test("What may pass is tried four times, anything else once", arguments: [EIO, ESTALE, ENOENT])
  func attempts(code: Int32) {
    var calls = 0
    #expect(throws: SystemError(code: code)) {
      try PatientReading.attempt { () throws(SystemError) in
        calls += 1
        throw SystemError(code: code)
      }
    }
    #expect(calls == (code == ENOENT ? 1 : 4))
  }

  @Test("It ends with the first attempt that succeeds")
  func success() throws {
    var calls = 0
    let result = try PatientReading.attempt { () throws(SystemError) in
      calls += 1
      if calls < 3 { throw SystemError(code: ETIMEDOUT) }
      return calls
    }
    #expect(result == 3)
  }
}
