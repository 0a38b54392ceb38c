import Basics
import Glibc
import TestSupport
import Testing

@Suite struct ReplacementFileTests {
  @Test func replacesOnlyWhenCommitted() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/file"
      try ReplacementFile.write("old", to: path)
      do {
        let draft = try ReplacementFile(for: path)
        try draft.append(Array("new".utf8))
      }
      #expect(try FileBytes.read(PathName(path)) == Array("old".utf8))
      #expect(try Folder.entries(of: PathName(folder)).count == 1)
      try ReplacementFile.write("new", to: path)
      #expect(try FileBytes.read(PathName(path)) == Array("new".utf8))
      #expect(throws: SystemError(code: ENOENT)) {
        _ = try ReplacementFile(for: "\(folder)/no/file")
      }
    }
  }

  /// However the process ends: what has no name is gone with it.
  @Test func hasNoNameUntilItIsCommitted() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/file"
      var file = try ReplacementFile(for: path)
      try file.append(Array("text".utf8))
      // Where the file system has no such files there is a draft.
      let names = try Folder.entries(of: PathName(folder)).map(\.path.name)
      #expect(names.isEmpty || names == ["file.partial-1"])
      #expect(names.isEmpty == file.temporaryPath.hasPrefix("/proc/self/fd/"))
      try file.commit()
      #expect(try Folder.entries(of: PathName(folder)).map(\.path.name) == ["file"])
      #expect(try FileBytes.read(PathName(path)) == Array("text".utf8))
    }
  }

  @Test(
    "Who writes a file next removes what a killed process left of it, not what another one writes")
  func draftsOfOthers() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/file"
      func names() throws -> [String] {
        try Folder.entries(of: PathName(folder)).map(\.path.name).sorted()
      }
      try ReplacementFile.write("left", to: "\(path).partial-1")
      try ReplacementFile.write("new", to: path)
      #expect(try names() == ["file"])
      try ReplacementFile.write("in use", to: "\(path).partial-1")
      let other = open("\(path).partial-1", O_RDWR)
      #expect(flock(other, LOCK_EX) == 0)
      try ReplacementFile.write("newer", to: path)
      #expect(try names() == ["file", "file.partial-1"])
      close(other)
      // What is no file is nobody's draft.
      #expect(unlink("\(path).partial-1") == 0 && mkdir("\(path).partial-1", 0o755) == 0)
      try ReplacementFile.write("newest", to: path)
      #expect(try names() == ["file", "file.partial-1"])
      #expect(try FileBytes.read(PathName(path)) == Array("newest".utf8))
    }
  }

  @Test(
    "What takes a file's place may be read by whom the file could be read by, from the first byte on"
  )
  func keepsPermissions() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/file"
      try ReplacementFile.write("old", to: path)
      for mode: mode_t in [0o600, 0o664, 0o444] {
        chmod(path, mode)
        var file = try ReplacementFile(for: path)
        for place in [file.temporaryPath, path] {
          if place == path { try file.commit() }
          var status = stat()
          #expect(stat(place, &status) == 0 && status.st_mode & 0o777 == mode)
        }
      }
    }
  }

  @Test func writesAtOffsets() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/file"
      var file = try ReplacementFile(for: path)
      try file.append(Array("0123456789".utf8))
      try file.write(Array("ab".utf8).span.bytes, at: 8)
      try file.write(Array("XY".utf8).span.bytes, at: 2)
      try file.append(Array("!".utf8))
      #expect(try FileBytes.read(PathName(file.temporaryPath)) == Array("01XY4567ab!".utf8))
      try file.truncate(to: 5)
      try file.commit()
      #expect(try FileBytes.read(PathName(path)) == Array("01XY4".utf8))
    }
  }

  @Test func aFailedCommitLeavesThePlaceAlone() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/place"
      mkdir(path, 0o755)
      do {
        var file = try ReplacementFile(for: path)
        try file.append(Array("x".utf8))
        try file.commit()
        Issue.record("a folder was replaced")
      } catch { #expect(error as? SystemError == SystemError(code: EISDIR)) }
      let entries = try Folder.entries(of: PathName(folder))
      #expect(entries.map(\.kind) == [.folder])
    }
  }
}
