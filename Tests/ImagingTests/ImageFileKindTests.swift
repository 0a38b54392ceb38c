import Basics
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct ImageFileKindTests {
  @Test(arguments: [
    ("a.jpg", ImageFileKind.decodable), ("A.JPG", .decodable), ("a.b.JpEg", .decodable),
    ("DSC_1.mpo", .decodable), ("a.jfif", .decodable), ("a.pjpeg", .decodable),
    ("a.apng", .decodable), ("a.webp", .undecodable), ("a.HEIC", .undecodable),
    ("a.arw", .undecodable), ("a.txt", nil), ("a.mp4", nil), ("a", nil), ("a.jpg_large", nil),
    (".jpg", nil),
  ])
  func namesTell(_ name: String, _ kind: ImageFileKind?) {
    #expect(ImageFileKind(PathName("/photos.png/" + name)) == kind)
  }

  @Test(arguments: [
    ("a", true), ("a.jpg_large", true), ("a.jpg~", true), ("a.jpg.1", true), ("a.", true),
    ("a.jpg", false), ("a.webp", false), ("a.txt", false), ("a.json", false), ("a.MP4", false),
    ("Thumbs.db", false), ("a.xmp", false),
  ])
  func someNamesDoNot(_ name: String, _ isUnclear: Bool) {
    #expect(ImageFileKind.isUnclear(PathName("/photos.png/" + name)) == isUnclear)
  }

  @Test(arguments: [
    ([0xFF, 0xD8, 0xFF, 0xE0], ImageFileKind.decodable),
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .decodable),
    (Array("GIF89a".utf8), .undecodable), (Array("RIFF0000WEBPVP8 ".utf8), .undecodable),
    (Array("%PDF-1.7".utf8), nil), (Array("\0\0\0\u{18}ftypmp42".utf8), nil),
    (Array("hello".utf8), nil), ([], nil),
  ])
  func contentsTell(_ bytes: [UInt8], _ kind: ImageFileKind?) throws {
    try withTemporaryDirectory { folder in
      try Data(bytes).write(to: URL(fileURLWithPath: folder + "/a"))
      #expect(try ImageFileKind(contentsOf: PathName(folder + "/a")) == kind)
    }
  }

  @Test func whatCannotBeReadIsAnError() throws {
    #expect(throws: SystemError.self) { try ImageFileKind(contentsOf: PathName("/nowhere")) }
  }

  /// Nobody writes to it, so that waiting for its bytes would take for ever.
  // Against waiting for ever; all tests share two cores, and wait for each other in it.
  @Test(.timeLimit(.minutes(10)))
  func pipesAreNotWaitedFor() throws {
    try withTemporaryDirectory { folder in
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(try ImageFileKind(contentsOf: PathName(folder + "/pipe")) == nil)
    }
  }

  @Test func theFirstFewLeftOutAreNamed() {
    let one = UnclearFiles([PathName("x/a")])
    #expect("\(one)" == "1 file without a known ending was left out: x/a")
    let many = UnclearFiles((1...7).map { PathName("\($0)") })
    #expect("\(many)" == "7 files without a known ending were left out: 1, 2, 3, 4, 5 and 2 more")
  }
}
