import CLIPModel
import Foundation
import Protocols
import TestSupport
import Testing
import Tokenization
import Training

/// A tree of small files of the shape that CoOp's instructions produce for a data set.
private struct SyntheticTree {
  let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "datasets-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  func write(_ path: String, _ text: String = "") throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func remove() { try? FileManager.default.removeItem(at: root) }

  /// Five labels; 20, 4 and 3 photos of each in the parts that the data set has.
  func fill(_ dataset: Dataset) throws {
    let folder = dataset.folders[0]
    switch dataset.layout.kind {
    case .split:
      let parts = [("train", 20), ("val", 4), ("test", 3)].map { part, count in
        let entries = (0..<5).flatMap { label in
          (0..<count).map { "[\"dir\(label)/\(part)\($0).jpg\", \(label), \"label_\(label)\"]" }
        }
        return "\"\(part)\": [\(entries.joined(separator: ", "))]"
      }
      try write("\(folder)/\(dataset.layout.split ?? "")", "{\(parts.joined(separator: ", "))}")
    case .folders, .numbered:
      let names = (0..<5).map { "n0000\($0) label \($0)\n" }.joined()
      try write("\(folder)/classnames.txt", names)
      for (part, count) in [(dataset.layout.train, 20), (dataset.layout.test, 3)] {
        guard let part else { continue }
        for label in 0..<5 {
          let name = dataset.layout.kind == .numbered ? "\(label)" : "n0000\(label)"
          for photo in 0..<count { try write("\(folder)/\(part)/\(name)/\(photo).JPEG") }
        }
        try write("\(folder)/\(part)/README.txt")
      }
    case .lists:
      let labels = (0..<5).map { "label \($0)" }
      try write("\(folder)/\(dataset.layout.names ?? "")", labels.joined(separator: "\n"))
      let lists = [
        (dataset.layout.train, 20), (dataset.layout.validation, 4), (dataset.layout.test, 3),
      ]
      for (list, count) in lists {
        let lines = (0..<5).flatMap { label in (0..<count).map { "\(label)\($0) label \(label)" } }
        try write("\(folder)/\(list ?? "")", lines.joined(separator: "\n") + "\n")
      }
    }
  }
}

@Suite struct DatasetTests {
  @Test func allFifteenAreDescribed() throws {
    let all = try Dataset.all()
    #expect(all.count == 15)
    #expect(Set(all.map(\.name)).count == 15)
    for (title, template) in try PublishedSplits.load().prompt_templates {
      #expect(try Dataset.named(title).template == template)
    }
    #expect(throws: DatasetError.self) { try Dataset.named("imagenet21k") }
  }

  @Test(arguments: try Dataset.all().map(\.name)) func readsItsLayout(name: String) throws {
    let dataset = try Dataset.named(name)
    let tree = try SyntheticTree()
    defer { tree.remove() }
    try tree.fill(dataset)
    let photos = try dataset.read(root: tree.root.path())
    #expect(photos.labels.count == 5)
    #expect(photos.labels.map { words(ofLabel: $0) } == (0..<5).map { "label \($0)" })
    let hasTrain = dataset.layout.kind == .split || dataset.layout.train != nil
    #expect(photos.train.count == (hasTrain ? 100 : 0))
    #expect(photos.test.count == 15)
    #expect(photos.test.map(\.label) == (0..<5).flatMap { [$0, $0, $0] })
    if dataset.layout.kind == .split || dataset.layout.kind == .lists {
      #expect(photos.validation.count == 20)
    }
    if hasTrain {
      let drawn = photos.shots(16, seed: 1)
      #expect(drawn.train.count == 80)
      #expect(drawn.half(.base).labels.count == 3)
      #expect(drawn.half(.novel).test.count == 6)
    }
    let inside = tree.root.appending(path: dataset.folders[0]).path()
    #expect(try dataset.read(root: inside).test.count == 15)
  }

  @Test func faultsAreNamed() throws {
    let dataset = try Dataset.named("caltech101")
    let tree = try SyntheticTree()
    defer { tree.remove() }
    let file = "caltech-101/split_zhou_Caltech101.json"
    func message() -> String {
      do {
        _ = try dataset.read(root: tree.root.path())
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message().contains("looked for"))
    try tree.write(file, "{}")
    #expect(message().contains("not a split"))
    try tree.write(
      file, #"{"train": [["a.jpg", 0, "x"], ["b.jpg", 0, "y"]], "val": [], "test": []}"#)
    #expect(message().contains("\"x\" and \"y\""))
    try tree.write(file, #"{"train": [["a.jpg", 1, "x"]], "val": [], "test": []}"#)
    #expect(message().contains("none has the number 0"))
    try tree.write(file, #"{"train": [["../a.jpg", 0, "x"]], "val": [], "test": []}"#)
    #expect(message().contains("leaves the image folder"))
  }
}
