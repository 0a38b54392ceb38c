import Basics
import Foundation
import Labelling
import LiveTeaching
import ModelFile
import TestSupport
import Testing

@Suite("Learning a folder of photos again and again")
struct LearnerTests {
  private struct Bench {
    let folder: String
    var photos: String { folder + "/photos" }

    /// Adds photos of stripes, of another direction for each kind.
    func add(_ count: Int, _ label: String, kind: Int, from first: Int = 0) throws {
      try FileManager.default.createDirectory(
        atPath: "\(photos)/\(label)", withIntermediateDirectories: true)
      for index in first..<first + count {
        let bytes = pngFile(width: 40, height: 40) { x, y in
          let stripe = UInt8((kind == 0 ? x : y) / 5 % 2 * 200 + index % 10 * 5)
          return (stripe, kind == 0 ? stripe : 40, UInt8(index % 20 * 9))
        }
        try Data(bytes).write(to: URL(filePath: "\(photos)/\(label)/\(index).png"))
      }
    }
  }

  private func with(
    _ fixture: ModelFixture, _ body: (Bench, ModelReader, Learner) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let bench = Bench(folder: folder)
      try FileManager.default.createDirectory(
        atPath: bench.photos, withIntermediateDirectories: true)
      var means = FolderLesson.Means()
      means.threads = 1
      try body(bench, try fixture.reader(), Learner(folder: bench.photos, means: means))
    }
  }

  private let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 3)

  private func learn(
    _ learner: Learner, _ model: ModelReader, version: FileVersion?
  ) throws -> Lesson? {
    try learner.learn(model, version: version) { _, _ in }
  }

  @Test("It begins with the base model each time, so that what is gone is forgotten")
  func fromTheBase() throws {
    try with(fixture) { bench, model, learner in
      let version = FileVersion(of: PathName(bench.folder))
      #expect(try learn(learner, model, version: version) == nil)
      #expect(!FileManager.default.fileExists(atPath: learner.output))
      try bench.add(4, "novel 0", kind: 0)
      try bench.add(5, "Novel_1", kind: 1)
      try bench.add(2, "none", kind: 1)
      let lesson = try #require(try learn(learner, model, version: version))
      #expect(lesson.photos == 9 && lesson.labels.map(\.photos) == [4, 5])
      #expect(lesson.heldOut == 9 && lesson.right == 9)
      func manifest() throws -> Manifest { try ModelReader(path: learner.output).manifest }
      #expect(try manifest().statistics?.photos == [4, 5])
      let first = FileManager.default.contents(atPath: learner.output)

      try FileManager.default.removeItem(atPath: bench.photos + "/novel 0/0.png")
      try bench.add(3, "novel 2", kind: 0, from: 7)
      _ = try learn(learner, model, version: version)
      #expect(try manifest().statistics?.photos == [3, 3, 5])
      // Back to where it was: the same model to the last bit.
      try FileManager.default.removeItem(atPath: bench.photos + "/novel 2")
      try bench.add(1, "novel 0", kind: 0)
      _ = try learn(learner, model, version: version)
      #expect(FileManager.default.contents(atPath: learner.output) == first)
      for label in ["novel 0", "Novel_1"] {
        try FileManager.default.removeItem(atPath: "\(bench.photos)/\(label)")
      }
      #expect(try learn(learner, model, version: version) == nil)
      #expect(!FileManager.default.fileExists(atPath: learner.output))
    }
  }

  @Test("What fails leaves the file of before")
  func failures() throws {
    try with(fixture) { bench, model, learner in
      try bench.add(2, "novel 0", kind: 0)
      #expect(throws: TeachError.oneLabel("novel 0")) {
        try learn(learner, model, version: nil)
      }
      #expect(!FileManager.default.fileExists(atPath: learner.output))
      try bench.add(2, "novel 1", kind: 1)
      _ = try learn(learner, model, version: nil)
      let before = FileManager.default.contents(atPath: learner.output)
      try bench.add(2, "unheard of", kind: 1)
      #expect(throws: (any Error).self) { try learn(learner, model, version: nil) }
      #expect(FileManager.default.contents(atPath: learner.output) == before)
      #expect(learner.refusal(ofLabel: "unheard of") != nil && !learner.takesNewNames)
      #expect(learner.refusal(ofLabel: "Novel_1") == nil && learner.refusal(ofLabel: "none") == nil)
      try FileManager.default.removeItem(atPath: bench.photos + "/unheard of")
      try Data([1]).write(to: URL(filePath: bench.photos + "/novel 1/bad.jpg"))
      let lesson = try #require(try learn(learner, model, version: nil))
      #expect(lesson.photos == 4 && lesson.warnings.count == 1)
      #expect(lesson.warnings[0].contains("bad.jpg"))
    }
  }

  @Test("A folder that can be no label is passed over and said, links as well; others are learnt")
  func passedOver() throws {
    try with(fixture) { bench, model, learner in
      try bench.add(2, "novel 0", kind: 0)
      try bench.add(2, "novel 1", kind: 1)
      try bench.add(3, "unknown", kind: 1)
      try FileManager.default.createDirectory(
        atPath: bench.folder + "/outside", withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        atPath: bench.photos + "/novel 0/1.png", toPath: bench.folder + "/outside/1.png")
      try FileManager.default.createSymbolicLink(
        atPath: bench.photos + "/novel 0/1.png", withDestinationPath: "../../outside/1.png")
      try FileManager.default.createSymbolicLink(
        atPath: bench.photos + "/novel 2", withDestinationPath: "../outside")
      let lesson = try #require(try learn(learner, model, version: nil))
      #expect(lesson.labels.map(\.photos) == [1, 2] && lesson.warnings.count == 1)
      #expect(lesson.warnings[0].contains("unknown"))
      #expect(lesson.warnings[0].contains("another name"))
    }
  }

  @Test("New names go with a text tower")
  func newNames() throws {
    try with(fixture.withText(contextLength: 48)) { bench, model, learner in
      try learner.look(at: model, version: nil)
      #expect(learner.refusal(ofLabel: "unheard of") == nil && learner.takesNewNames)
      try bench.add(2, "unheard of", kind: 0)
      try bench.add(2, "novel 1", kind: 1)
      _ = try learn(learner, model, version: nil)
      let known = try ModelReader(path: learner.output).manifest.labelSet(.known)?.labels
      #expect(Set(known ?? []) == ["unheard of", "novel 1"])
    }
  }

  @Test("Features are found once, whatever a photo is called, and again when it has changed")
  func cache() throws {
    try with(fixture) { bench, model, learner in
      try bench.add(3, "novel 0", kind: 0)
      try bench.add(3, "novel 1", kind: 1)
      let version = FileVersion(of: PathName(bench.folder))
      learner.prepare(model, version: version)
      // No image any more, though its file looks as it did: nobody has to read it.
      let path = bench.photos + "/novel 0/0.png"
      var status = stat()
      try #require(stat(path, &status) == 0)
      let file = try #require(FileHandle(forUpdatingAtPath: path))
      try file.write(contentsOf: Data(repeating: 0, count: Int(status.st_size)))
      try file.close()
      try #require(utimensat(AT_FDCWD, path, [status.st_atim, status.st_mtim], 0) == 0)
      try FileManager.default.moveItem(
        atPath: bench.photos + "/novel 0", toPath: bench.photos + "/novel 2")
      var lesson = try #require(try learn(learner, model, version: version))
      #expect(lesson.photos == 6 && lesson.warnings.isEmpty)
      // Features of another base model would be wrong.
      lesson = try #require(
        try learn(learner, model, version: FileVersion(of: PathName(bench.photos))))
      #expect(lesson.photos == 5 && lesson.warnings.count == 1)
    }
  }
}
