import Basics
import Foundation
import Imaging
import TestSupport
import Testing
import mmrl_convert

/// Which files a command takes for images, and in which order.
@Suite struct ImageFilesTests {
  private func make(_ paths: [String], in folder: String) throws {
    for path in paths {
      let file = URL(fileURLWithPath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
  }

  @Test func takesJPEGAndPNGInTheOrderOfTheirPathsAsText() throws {
    try withTemporaryDirectory { folder in
      try make(
        [
          "b.jpg", "a/10.PNG", "a/2.jpeg", "a-b.jpe", "c.txt", ".hidden.jpg", ".d/e.jpg", "f.webp",
          "jpeg/g.gif", "jpeg/h.jfif",
        ], in: folder)
      let files = try ImageFiles([folder])
      #expect(
        files.paths
          == ["a-b.jpe", "a/10.PNG", "a/2.jpeg", "b.jpg", "jpeg/h.jfif"].map { "\(folder)/\($0)" })
      #expect(files.undecodable == ["f.webp", "jpeg/g.gif"].map { "\(folder)/\($0)" })
    }
  }

  @Test func takesNamedFilesAsTheyAreAndInTheirOrder() throws {
    try withTemporaryDirectory { folder in
      try make(["z.txt", "in/a.png"], in: folder)
      let files = try ImageFiles([folder + "/z.txt", folder + "/in/"])
      #expect(files.paths == [folder + "/z.txt", folder + "/in/a.png"])
    }
  }

  @Test func namesOrLooksIntoFilesWhoseNamesDoNotTell() throws {
    try withTemporaryDirectory { folder in
      try make(["a.jpg", "b", "c.jpg_large", "d.txt"], in: folder)
      try Data([0xFF, 0xD8, 0xFF]).write(to: URL(fileURLWithPath: folder + "/b"))
      let files = try ImageFiles([folder])
      #expect(files.paths == [folder + "/a.jpg"])
      #expect(files.unclear.paths.map(\.name) == ["b", "c.jpg_large"])
      var access = ImageAccess()
      access.looksIntoAll = true
      let all = try ImageFiles([folder], access)
      #expect(all.paths == [folder + "/a.jpg", folder + "/b"])
      #expect(all.unclear.paths.isEmpty)
    }
  }

  @Test func namesWhatIsMissing() throws {
    try withTemporaryDirectory { folder in
      try make(["in/a.txt"], in: folder)
      for (path, words) in [
        ("none", "no such file or folder"), ("in", "no JPEG or PNG files in it"),
      ] {
        let error = try #require(throws: ConvertError.self) {
          try ImageFiles(["\(folder)/\(path)"])
        }
        #expect(error.description == "\(folder)/\(path): \(words)")
      }
    }
  }
}
