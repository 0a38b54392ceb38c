import Foundation
import Testing
import Training

@Suite struct PhotoFolderTests {
  private func folder(_ files: [String: String]) throws -> String {
    let root = FileManager.default.temporaryDirectory.appending(path: "photos-\(UUID().uuidString)")
    for (path, content) in files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      if !path.hasSuffix("/") { try Data(content.utf8).write(to: file) }
    }
    return root.path()
  }

  /// Files of different contents, named `folder/0.jpg` and so on.
  private func photos(_ folder: String, _ count: Int) -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: (0..<count).map { ("\(folder)/\($0).jpg", "\(folder) \($0)") })
  }

  @Test func oddPhotosAreNamedAndDecided() throws {
    var files = photos("red_cup", 6).merging(photos("Red cup", 2)) { $1 }
      .merging(photos("plate", 3)) { $1 }.merging(photos("fork", 1)) { $1 }
    files["plate/twin.png"] = "plate 0"
    files["fork/shared.jpg"] = "shared"
    files["plate/shared.jpg"] = "shared"
    files["plate/raw.heic"] = "x"
    files["plate/notes.txt"] = "x"
    files["plate/.hidden.jpg"] = "x"
    files["plate/more/1.jpg"] = "inner"
    files["spoon/readme.md"] = "x"
    files["loose.jpg"] = "y"
    let root = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let read = try PhotoFolder(folder: root)
    #expect(read.labels.map(\.name) == ["Red cup", "fork", "plate"])
    #expect(read.labels.map(\.paths.count) == [8, 1, 3])
    let said = read.problems.map { $0.description.replacingOccurrences(of: root + "/", with: "") }
    for expected in [
      "plate/raw.heic: left out, cannot be read", "plate/more: a folder inside",
      "spoon: no photos in it", "loose.jpg: beside the folders",
      "Red cup, red_cup: the same label \"Red cup\"", "plate/0.jpg, plate/twin.png: the same photo",
      "fork/shared.jpg, plate/shared.jpg: the same photo under different labels",
      "\"fork\" has only 1 photo",
    ] {
      #expect(said.filter { $0.contains(expected) }.count == 1, "\(expected) in \(said)")
    }
    #expect(said.count == 8)
  }

  @Test func filesWhoseNamesDoNotTellAreNamedOrLookedInto() throws {
    var files = photos("a", 2).merging(photos("b", 2)) { $1 }
    files["a/noending"] = "GIF89a"
    files["b/2.jpg_large"] = "text"
    files["b/3.mpo"] = "another"
    let root = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try Data([0xFF, 0xD8, 0xFF]).write(to: URL(fileURLWithPath: root + "/b/2.jpg_large"))
    let read = try PhotoFolder(folder: root)
    #expect(read.labels.map(\.paths.count) == [2, 3])
    #expect(
      read.problems.map(\.description) == [
        "2 files without a known ending were left out: \(root)/a/noending, \(root)/b/2.jpg_large"
      ])
    let all = try PhotoFolder(folder: root, lookingIntoAll: true)
    #expect(all.labels.map(\.paths.count) == [2, 4])
    #expect(
      all.problems == [.unreadable(path: root + "/a/noending", why: "convert it to JPEG or PNG")])
  }

  @Test func tooLittleIsRefused() throws {
    let root = try folder(photos("only", 3))
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(throws: PhotoFolderError.tooFewLabels(folder: root, labels: ["only"])) {
      try PhotoFolder(folder: root)
    }
    #expect(throws: PhotoFolderError.self) { try PhotoFolder(folder: root + "/nowhere") }
  }

  @Test func aLabelWhosePhotosAreAllAnothersIsNamed() throws {
    var files = photos("many", 4).merging(photos("other", 3)) { $1 }
    files["few/a.jpg"] = "many 0"
    files["few/b.jpg"] = "other 1"
    files["one/c.jpg"] = "many 2"
    let root = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let read = try PhotoFolder(folder: root)
    #expect(read.labels.map(\.name) == ["many", "other"])
    #expect(
      read.problems.contains(.onlyCopies(label: "few", photos: 2, others: ["many", "other"])))
    #expect(
      read.problems.last?.description
        == "\"one\": its only photo is also under \"many\", so the label is left out (leave each photo where it belongs)"
    )
  }

  @Test func whyThereIsTooLittleIsSaid() throws {
    var files = photos("many", 2)
    files["few/a.jpg"] = "many 0"
    files["few/b.jpg"] = "many 1"
    files["rest/x/1.jpg"] = "x"
    let root = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let error = #expect(throws: PhotoFolderError.self) { try PhotoFolder(folder: root) }
    let said = error?.problems.map(\.description) ?? []
    #expect(said.contains { $0.contains("\"few\": all of its 2 photos are also under \"many\"") })
    // What the layout explains is not said once more for each folder.
    #expect(!said.contains { $0.contains("rest") })
    let text = try #require(error).description
    #expect(
      text.contains("0 labels with photos, at least 2 are needed: photos lie one level deeper"))
    // Parts of a data set are taken for labels, but not without a word.
    let parts = try folder(photos("train", 3).merging(photos("val", 3)) { $1 })
    defer { try? FileManager.default.removeItem(atPath: parts) }
    #expect(
      try PhotoFolder(folder: parts).problems == [.partsOfDataSet(labels: ["train", "val"])])
  }

  @Test func learnsFromAllPhotosUpToTheShots() throws {
    let root = try folder(
      photos("a", 40).merging(photos("b", 5)) { $1 }.merging(photos("c", 2)) { $1 })
    defer { try? FileManager.default.removeItem(atPath: root) }
    var read = try PhotoFolder(folder: root)
    let broken = read.labels[1].paths[3]
    let drawn = try read.draw(shots: 16, seed: 3) { $0 == broken ? "truncated" : nil }
    #expect((0..<3).map { label in drawn.train.count { $0.label == label } } == [16, 4, 2])
    #expect(drawn.validation.isEmpty && Set(drawn.train).count == drawn.train.count)
    #expect(!drawn.train.contains { $0.path == broken })
    #expect(
      read.problems == [
        .unused(label: "a", photos: 24, total: 40), .unreadable(path: broken, why: "truncated"),
      ])
    #expect(read.problems[0].description == "24 of 40 photos of label a were not used")
    let again = try read.draw(shots: 16, seed: 3) { $0 == broken ? "truncated" : nil }
    #expect(again == drawn)
    let other = try read.draw(shots: 16, seed: 4) { _ in nil }
    #expect(other != drawn)
    #expect(throws: PhotoFolderError.unreadable(root + "/a/0.jpg", why: "Not a directory")) {
      try PhotoFolder(folder: root + "/a/0.jpg")
    }
  }

  @Test func unreadableLabelsGo() throws {
    let root = try folder(
      photos("a", 4).merging(photos("b", 4)) { $1 }.merging(photos("c", 3)) { $1 })
    defer { try? FileManager.default.removeItem(atPath: root) }
    var read = try PhotoFolder(folder: root)
    let drawn = try read.draw(shots: 16, seed: 1) { $0.contains("/b/") ? "no image" : nil }
    #expect(drawn.labels == ["a", "c"])
    #expect(read.problems.count == 5)
    #expect(throws: PhotoFolderError.self) {
      try read.draw(shots: 16, seed: 1) { _ in "no image" }
    }
  }

  @Test func photosOfNothingAreNoLabel() throws {
    var files = photos("cup", 3).merging(photos("mug", 3)) { $1 }
      .merging(photos("None", 2)) { $1 }.merging(photos("not_this", 4)) { $1 }
    files["None/cup.jpg"] = "cup 0"
    let root = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: root) }
    let read = try PhotoFolder(folder: root)
    #expect(read.labels.map(\.name) == ["cup", "mug", "not this"])
    #expect(read.others.count == 2 && read.others.allSatisfy { $0.contains("/None/") })
    // A photo cannot show a label and nothing.
    #expect(read.labels[0].paths.count == 2)
    #expect(
      read.problems.map { if case .underSeveralLabels = $0 { true } else { false } } == [true])
    let renamed = try PhotoFolder(folder: root, none: "not_this")
    #expect(renamed.labels.map(\.name) == ["None", "cup", "mug"] && renamed.others.count == 4)
  }

  @Test func theAnswerForNothingIsNoLabel() throws {
    let root = try folder(
      photos("cup", 3).merging(photos("Unknown", 3)) { $1 }.merging(photos("mug", 2)) { $1 })
    defer { try? FileManager.default.removeItem(atPath: root) }
    let error = try #require(throws: PhotoFolderError.self) { try PhotoFolder(folder: root) }
    #expect("\(error)".contains("Unknown\"") && "\(error)".contains("choose another name"))
    #expect(try PhotoFolder(folder: root, none: "unknown").labels.map(\.name) == ["cup", "mug"])
  }

  @Test func photosOfNothingAloneAreTooLittle() throws {
    let root = try folder(photos("cup", 3).merging(photos("none", 3)) { $1 })
    defer { try? FileManager.default.removeItem(atPath: root) }
    #expect(throws: PhotoFolderError.tooFewLabels(folder: root, labels: ["cup"])) {
      try PhotoFolder(folder: root)
    }
  }
}
