import Basics
import Classification
import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("Folders to test with")
struct TestFolderTests {
  private static let labels = [
    ModelLabel("red cup", .known), ModelLabel("Mug", .known), ModelLabel("soup_bowl", .novel),
  ]

  /// Calls `body` with a folder of empty files, made with folders as needed.
  private func with(_ files: [String], _ body: (PathName) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      for file in files {
        let url = URL(fileURLWithPath: folder + "/" + file)
        try FileManager.default.createDirectory(
          at: file.hasSuffix("/") ? url : url.deletingLastPathComponent(),
          withIntermediateDirectories: true)
        if !file.hasSuffix("/") { try Data().write(to: url) }
      }
      try body(PathName(folder))
    }
  }

  private func open(
    _ folder: PathName, none: String = "none", ignoringOthers: Bool = false
  ) throws -> TestFolder {
    try TestFolder(folder, labels: Self.labels, none: none, ignoringOthers: ignoringOthers)
  }

  private func names(_ folder: TestFolder, in place: PathName) -> [String] {
    var images = folder.images
    var names: [String] = []
    while case .image(let path)? = images.next() {
      names.append(String(path.text.dropFirst(place.text.count + 1)))
    }
    return names
  }

  @Test("Folders are named after labels as prompts are: _ is a space, case does not count")
  func truths() throws {
    try with([
      "Red_Cup/2.png", "Red_Cup/10.png", "red  cup/a.jpg", "soup bowl/b.png", "none/n.png",
      "mug/", "Red_Cup/deeper/c.png", "Red_Cup/notes.txt", "beside.png", "notes.txt",
    ]) { place in
      let folder = try open(place)
      #expect(
        names(folder, in: place) == [
          "none/n.png", "red  cup/a.jpg", "Red_Cup/2.png", "Red_Cup/10.png", "soup bowl/b.png",
        ])
      let cup = Self.labels[0]
      #expect(folder.truths == [nil, cup, cup, cup, Self.labels[2]])
      #expect(folder.empty == ["mug"] && folder.imagesWithoutLabel == 1 && folder.ignored.isEmpty)
    }
  }

  @Test("Files whose names do not tell are named, or looked into when all are")
  func unclear() throws {
    try with(["mug/a.png", "mug/b", "mug/c.jpg_large"]) { place in
      try Data([0xFF, 0xD8, 0xFF]).write(to: URL(fileURLWithPath: place.text + "/mug/b"))
      let folder = try open(place)
      #expect(names(folder, in: place) == ["mug/a.png"])
      #expect(folder.leftOut.paths.map(\.name) == ["b", "c.jpg_large"])
      let all = try TestFolder(
        place, labels: Self.labels, none: "none", ignoringOthers: false, lookingIntoAll: true)
      #expect(names(all, in: place) == ["mug/a.png", "mug/b"])
      #expect(all.truths.count == 2 && all.leftOut.paths.isEmpty)
    }
  }

  @Test("A folder named after no label is an error that names the label that may be meant")
  func others() throws {
    try with(["mugs/a.png", "red_cups/a.png", "zebra/a.png", "mug/a.png"]) { place in
      let error = #expect(throws: TestFolderError.self) { try open(place) }
      let said = "\(try #require(error))"
      #expect(
        said
          == "\(place.text): not named after a label of the model: mugs (Mug?), "
          + "red_cups (red cup?), zebra")
      let folder = try open(place, ignoringOthers: true)
      #expect(folder.truths == [Self.labels[1]])
      #expect(folder.ignored == ["mugs", "red_cups", "zebra"])
    }
    try with((10..<25).map { "x\($0)/a.png" }) { place in
      let error = #expect(throws: TestFolderError.self) { try open(place) }
      let said = "\(try #require(error))"
      #expect(said.hasSuffix("x16, x17 and 7 more"))
    }
  }

  @Test("The folder of images of no label has the name it is given, whatever the labels")
  func none() throws {
    try with(["other_things/a.png", "Mug/b.png"]) { place in
      #expect(throws: TestFolderError.self) { try open(place) }
      let named = try open(place, none: "Other things")
      #expect(named.truths == [Self.labels[1], nil])
      let taken = try open(place, none: "mug", ignoringOthers: true)
      #expect(taken.truths == [nil])
    }
  }

  @Test("Without images, or without the folder, there is nothing to test with")
  func nothing() throws {
    try with(["mug/", "a.png"]) { place in
      let advice =
        "its only image lies directly in it: put them into one folder for each label, named after it"
      #expect(throws: TestFolderError.noImages(place.text, advice: advice)) { try open(place) }
      let missing = place.appending(Array("none".utf8))
      #expect(throws: TestFolderError.unreadable(missing.text, SystemError(code: ENOENT))) {
        try open(missing)
      }
    }
  }
}
