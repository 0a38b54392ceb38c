import Basics
import Glibc
import TestSupport
import Testing

@Suite struct FolderTests {
  @Test func listsKindsInOrder() throws {
    try withTemporaryDirectory { folder in
      func path(_ name: String) -> String { "\(folder)/\(name)" }
      try ReplacementFile.write("x", to: path("file"))
      mkdir(path("folder"), 0o755)
      mkfifo(path("pipe"), 0o600)
      try ReplacementFile.write("x", to: path(".hidden"))
      for (name, target) in [("to-file", "file"), ("to-folder", "folder"), ("to-nothing", "none")] {
        symlink(target, path(name))
      }
      let entries = try Folder.entries(of: PathName(folder))
      #expect(
        entries.map { "\($0.path.name) \($0.kind)" } == [
          "file file", "folder folder", "pipe special", "to-file file", "to-folder linkToFolder",
          "to-nothing danglingLink",
        ])
      #expect(Folder.isFolder(PathName(path("to-folder"))))
      #expect(!Folder.isFolder(PathName(path("to-file"))))
      #expect(throws: SystemError(code: ENOENT)) { try Folder.entries(of: PathName(path("no"))) }
    }
  }
}
