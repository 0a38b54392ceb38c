import Basics
import CLIPModel
import Glibc
import Testing

@Suite struct LabelFileTests {
  private func labels(_ text: String) throws -> [String] {
    try LabelFile.labels(in: text, path: "labels.txt")
  }

  @Test func blankLinesAndCommentsAreLeftOut() throws {
    #expect(
      try labels("cup\r\n\r\n# tools\n  sea_horse \nécluse\n\nC# book")
        == ["cup", "sea_horse", "écluse", "C# book"])
  }

  @Test func duplicatesNameLabelAndLines() {
    let error = #expect(throws: LabelFileError.self) { try labels("cup\n\nsaw\ncup \n") }
    #expect(
      error?.description
        == "labels.txt: the label \"cup\" is on line 1 and on line 4 (remove one)")
  }

  @Test(arguments: ["Unknown", "none", "a\u{7}b"])
  func namesThatNoLabelCanHave(name: String) {
    let error = #expect(throws: LabelFileError.self) { try labels("cup\n\(name)\n") }
    #expect(error?.description.hasPrefix("labels.txt, line 2: \(name.debugDescription): ") == true)
  }

  @Test func aFileWithoutLabelsIsRefused() throws {
    #expect(
      #expect(throws: LabelFileError.self) { try labels("# none\n\n") }?.description
        .contains("no labels") == true)
  }

  @Test func aPipeIsReadToItsEnd() throws {
    let pipe = try Pipe(holding: Array("\u{FEFF}cup\nécluse\n".utf8))
    #expect(try LabelFile.read(pipe.path) == ["cup", "écluse"])
  }

  @Test func whatIsNoTextIsNamed() throws {
    let pipe = try Pipe(holding: [0x63, 0xFF, 0x0A])
    #expect(throws: TextFileError.notUTF8(path: pipe.path)) { try LabelFile.read(pipe.path) }
    #expect(throws: TextFileError.unreadable(path: "/no/such", SystemError(code: ENOENT))) {
      try LabelFile.read("/no/such")
    }
    #expect(throws: TextFileError.unreadable(path: "/", SystemError(code: EISDIR))) {
      try LabelFile.read("/")
    }
    #expect(throws: TextFileError.unreadable(path: "/dev/zero", SystemError(code: EFBIG))) {
      try LabelFile.read("/dev/zero")
    }
  }
}

/// A pipe whose writer is done, by the name that a shell gives it for `<(command)`.
private final class Pipe {
  private let descriptor: Int32
  var path: String { "/dev/fd/\(descriptor)" }

  init(holding bytes: [UInt8]) throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    // Not for programs that other tests start meanwhile: the end would wait for theirs.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    #expect(write(ends[1], bytes, bytes.count) == bytes.count)
    close(ends[1])
    descriptor = ends[0]
  }

  deinit { close(descriptor) }
}
