import CLIPModel
import Foundation
import Imaging
import TestSupport
import Testing

@Suite struct ImageFileTests {
  @Test func anErrorNamesTheFileAndTheReason() throws {
    try withTemporaryDirectory { folder in
      let error = #expect(throws: ImageFileError.self) { try ImageFile.decode(folder + "/none") }
      #expect(error?.description == "\(folder)/none: No such file or directory")
      try Data("no image".utf8).write(to: URL(filePath: folder + "/a.png"))
      let other = #expect(throws: ImageFileError.self) { try ImageFile.decode(folder + "/a.png") }
      #expect(other?.path == folder + "/a.png" && other?.why.isEmpty == false)
    }
  }
}
