import Basics
import Foundation
import Imaging
import TestSupport
import Testing

/// What is said of folders that are laid out otherwise than labels are expected.
@Suite struct ImageFoldersTests {
  private func advice(
    _ files: [String], for purpose: ImageFolders.Purpose = .learning, slash: String = ""
  ) throws -> String? {
    try withTemporaryDirectory { folder in
      for path in files {
        let file = URL(fileURLWithPath: folder + "/" + path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("x".utf8).write(to: file)
      }
      return ImageFolders(below: PathName(folder + slash), for: purpose).advice?
        .replacing(folder, with: "F")
    }
  }

  private static let parts = ["train", "valid", "test"].flatMap { part in
    ["cat", "dog"].map { "\(part)/\($0)/1.jpg" }
  }

  @Test(arguments: ["", "/"]) func pointsToThePartThatIsMeant(slash: String) throws {
    #expect(
      try advice(Self.parts, slash: slash) == "F/train has one folder a label (cat, dog): name that"
    )
    #expect(
      try advice(Self.parts, for: .testing, slash: slash)
        == "F/test has one folder a label (cat, dog): name that")
    #expect(
      try advice(Self.parts.map { "data/images/" + $0.capitalized }, slash: slash)
        == "F/data/images/Train has one folder a label (Cat, Dog): name that")
  }

  @Test func pointsToTheFolderWithin() throws {
    #expect(
      try advice((1...5).map { "photos/label\($0)/a.png" })
        == "F/photos has one folder a label (label1, label2, label3 and 2 more): name that")
  }

  @Test func saysThatPhotosLieDeeper() throws {
    let text = try #require(
      try advice(["food/pizza/1.jpg", "animals/panda/1.jpg", "animals/@eaDir/1.jpg"]))
    #expect(
      text
        == "photos lie one level deeper, in F/animals/panda and F/food/pizza: they have to lie directly in the folder of "
        + "their label, F/LABEL/photo.jpg")
    #expect(try advice(["a/x/y/1.jpg", "b/x/y/1.jpg"])?.contains("some levels deeper") == true)
    // Several groups of labels: none of them is the whole.
    let groups = ["food/pizza", "food/soup", "animals/cat", "animals/dog"].map { $0 + "/1.jpg" }
    #expect(try advice(groups)?.hasPrefix("photos lie one level deeper") == true)
  }

  @Test func saysWhatElseIsThere() throws {
    #expect(
      try advice(["1.jpg", "2.png", "notes.txt"])
        == "its 2 photos lie directly in it: put them into one folder for each label, named after it"
    )
    #expect(try advice(["cat/a.txt", ".hidden/1.jpg"]) == "there are no JPEG or PNG files in it")
    #expect(
      try advice(["cat/a.webp", "dog/b.heic"])
        == "there are 2 photos in it of kinds that are not read: convert them to JPEG or PNG")
    // One label that lies where it should: its layout is not what is wrong.
    #expect(try advice(["cat/1.jpg"]) == nil)
  }

  @Test func knowsPartsOfDataSets() {
    #expect(ImageFolders.areParts(["Train", "test"]))
    #expect(!ImageFolders.areParts(["train"]))
    #expect(!ImageFolders.areParts(["train", "bus"]))
  }
}
