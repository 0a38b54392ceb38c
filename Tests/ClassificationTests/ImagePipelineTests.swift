import Basics
import Classification
import Foundation
import Glibc
import Imaging
import Inference
import ModelFile
import TestSupport
import Testing

@Suite("Classifying many images")
struct ImagePipelineTests {
  private static func engine(
    _ fixture: ModelFixture = ModelFixture(.mmrlPlusPlus), threads: Int = 2
  ) throws -> Engine {
    try Engine(fixture.reader(), threads: threads)
  }

  /// Calls `body` with the paths of images, the fourth of which is none.
  private func withImages(_ count: Int, _ body: ([PathName]) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      var paths: [PathName] = []
      for index in 0..<count {
        var random = SplitMix64(seed: UInt64(index))
        let bytes = pngFile(width: 48, height: 40) { _, _ in
          let bits = random.next()
          return (
            UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8),
            UInt8(truncatingIfNeeded: bits >> 16)
          )
        }
        let path = "\(folder)/\(index).png"
        try Data(index == 3 ? [1, 2, 3] : bytes).write(to: URL(fileURLWithPath: path))
        paths.append(PathName(path))
      }
      try body(paths)
    }
  }

  @Test("What the list has left out is known from the start, however soon it is stopped")
  func leftOut() throws {
    try withImages(2) { paths in
      let folder = try #require(paths.first?.text.replacing("/0.png", with: ""))
      try Data([1]).write(to: URL(fileURLWithPath: folder + "/what"))
      let list = ImageList([PathName(folder)], recursively: false)
      #expect(list.leftOut.paths.map(\.name) == ["what"])
      // No thread is there yet that could take an image.
      for _ in 0..<50 {
        let pipeline = try ImagePipeline(list, Classifier(Self.engine()), .init())
        #expect(pipeline.leftOut.paths == list.leftOut.paths)
        pipeline.stop()
      }
    }
  }

  private func records(
    _ paths: [PathName], threads: Int, batch: Int, top: Int = 5,
    labels: LabelSelection = .all, _ fixture: ModelFixture = ModelFixture(.mmrlPlusPlus)
  ) throws -> [Record] {
    var configuration = ImagePipeline.Configuration()
    configuration.batch = batch
    configuration.style.top = top
    let pipeline = try ImagePipeline(
      ImageList(paths, recursively: false),
      Classifier(Self.engine(fixture, threads: threads), labels: labels, maximumBatch: batch),
      configuration)
    var records: [Record] = []
    while case let more = pipeline.next(), !more.isEmpty { records += more }
    return records.map { record in
      guard case .labels(var labels) = record.outcome else { return record }
      #expect(labels.milliseconds > 0)
      labels.milliseconds = 0
      return Record(origin: record.origin, outcome: .labels(labels))
    }
  }

  @Test("Threads and batch change neither the order nor a bit; what is no image is a record, too")
  func sameBits() throws {
    try withImages(11) { paths in
      let expected = try records(paths, threads: 1, batch: 1)
      #expect(expected.map(\.origin) == paths.map { .file($0.text) })
      #expect(expected.map(\.isFailure) == paths.indices.map { $0 == 3 })
      let best = expected.compactMap { record -> Float? in
        guard case .labels(let labels) = record.outcome else { return nil }
        return labels.labels[0].logit
      }
      #expect(Set(best).count == 10, "the images are such that an exchange would show")
      for (threads, batch) in [(1, 4), (2, 1), (2, 3), (3, 8)] {
        #expect(
          try records(paths, threads: threads, batch: batch) == expected, "\(threads), \(batch)")
      }
    }
  }

  @Test("A record has the sets asked for, known ones by fusion, with the labels asked for")
  func sets() throws {
    try withImages(1) { paths in
      // Of two and three labels; all five of both.
      for (selection, kinds, top) in [
        (LabelSelection.known, [Manifest.LabelSet.Kind.known], 2), (.novel, [.novel], 2),
        (.all, [.known, .novel], 4),
      ] {
        let record = try #require(
          try records(paths, threads: 1, batch: 1, top: top, labels: selection).first)
        guard case .labels(let labels) = record.outcome else {
          Issue.record("\(record)")
          continue
        }
        #expect(labels.labels.count == 2 * kinds.count)
        #expect(kinds.allSatisfy { kind in labels.labels.contains { $0.set == kind } })
        #expect(labels.labels.allSatisfy { kinds.contains($0.set) })
        for label in labels.labels {
          #expect(label.head == (label.set == .known ? .fusion : .class))
        }
      }
      let plain = try records(paths, threads: 1, batch: 1, ModelFixture(.clip))
      guard case .labels(let labels)? = plain.first?.outcome else { return }
      #expect(labels.labels.allSatisfy { $0.head == .class })
    }
  }

  @Test("Labels that a model lacks are missed before anything is classified")
  func missingLabels() throws {
    let noNovel = try Self.engine(ModelFixture(.clip, novelLabels: 0))
    #expect(throws: MissingLabels.selected(.novel)) {
      _ = try Classifier(noNovel, labels: .novel)
    }
    #expect(try Classifier(noNovel).sets.map(\.kind) == [.known])
    let none = try Self.engine(ModelFixture(.clip, knownLabels: 0, novelLabels: 0))
    #expect(throws: MissingLabels.any) { _ = try Classifier(none) }
  }

  @Test(
    "Nothing is handed over after a stop, though a list is waited for", .timeLimit(.minutes(10)))
  func stop() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    defer { close(ends[1]) }
    let pipeline = try ImagePipeline(
      ImageList([], names: NameList(descriptor: ends[0]), recursively: false),
      Classifier(Self.engine()), ImagePipeline.Configuration())
    try DetachedThread.start {
      usleep(50_000)
      pipeline.stop()
    }
    #expect(pipeline.next().isEmpty)
  }

  @Test("Images are resized as the model says")
  func resize() throws {
    var fixture = ModelFixture(.clip)
    #expect(try Classifier(Self.engine(fixture)).preprocessing.resize == .shortEdge(32))
    fixture.manifest.preprocessing.resize = Manifest.Preprocessing.Resize(.short, edge: 37)
    #expect(try Classifier(Self.engine(fixture)).preprocessing.resize == .shortEdge(37))
    fixture.manifest.preprocessing.resize = Manifest.Preprocessing.Resize(.square, edge: 40)
    #expect(try Classifier(Self.engine(fixture)).preprocessing.resize == .square(40))
  }
}
