import Foundation
import MMRL
import ModelFile
import Synchronization
import TestSupport
import Testing

@Suite("The library")
struct ModelTests {
  @Test("A picture is answered alike by its path, its bytes and its pixels, alone and among others")
  func ways() throws {
    try Gallery.with { gallery in
      let model = try gallery.model(threads: 2)
      let answers = try model.classify(gallery.paths.map { Picture(path: $0) })
        .map { try $0.get() }
      #expect(answers.count == gallery.paths.count)
      #expect(Set(answers.map { $0.labels[0].score }).count == gallery.paths.count)
      for (index, answer) in answers.enumerated() {
        #expect(answer.labels.count == 5)
        #expect(abs(answer.labels.reduce(0) { $0 + $1.score } - 1) < 1e-5)
        #expect(answer.labels.map(\.score) == answer.labels.map(\.score).sorted(by: >))
        #expect(answer.unknownScore != nil)
        #expect(answer.label == (answer.isUnknown ? nil : answer.labels[0]))
        let others = [
          Picture(path: gallery.paths[index]), Picture(file: try gallery.file(index)),
          try Picture(
            pixels: gallery.pixels[index], width: Gallery.width, height: Gallery.height),
        ]
        for other in others { #expect(try model.classify(other) == answer) }
        let together = try model.classify(others).map { try $0.get() }
        #expect(together == [answer, answer, answer])
      }
    }
  }

  @Test("Answers do not depend on the number of threads")
  func threads() throws {
    try Gallery.with { gallery in
      let pictures = gallery.paths.map { Picture(path: $0) }
      let one = try gallery.model(threads: 1)
      for threads in [2, 3, 6, 7] {
        let other = try gallery.model(threads: threads)
        #expect(try other.classify(pictures) == one.classify(pictures))
        #expect(other.features(of: pictures) == one.features(of: pictures))
      }
    }
  }

  @Test("A model is used by several threads at once")
  func concurrency() throws {
    try Gallery.with { gallery in
      let model = try gallery.model(threads: 2)
      let pictures = gallery.paths.map { Picture(path: $0) }
      let wanted = try model.classify(pictures)
      let wrong = Atomic(0)
      DispatchQueue.concurrentPerform(iterations: 24) { round in
        let got =
          round.isMultiple(of: 2)
          ? try? model.classify(pictures)
          : pictures.map { picture in
            Result { () throws(MMRLError) in try model.classify(picture) }
          }
        if got != wanted { wrong.add(1, ordering: .relaxed) }
      }
      #expect(wrong.load(ordering: .relaxed) == 0)
    }
  }

  @Test("What cannot be read has an error of its own and leaves the others as they are")
  func unreadable() throws {
    try Gallery.with { gallery in
      let model = try gallery.model(threads: 2)
      let bad = gallery.folder + "/bad.jpg"
      try Data("no picture".utf8).write(to: URL(fileURLWithPath: bad))
      let half = try gallery.file(0).prefix(900)
      let results = try model.classify([
        Picture(path: gallery.paths[0]), Picture(path: bad),
        Picture(path: gallery.folder + "/nothere.jpg"), Picture(file: []),
        Picture(file: Array(half)), Picture(path: gallery.paths[1]),
      ])
      #expect(try results[0].get() == model.classify(Picture(path: gallery.paths[0])))
      #expect(try results[5].get() == model.classify(Picture(path: gallery.paths[1])))
      func error(_ index: Int) -> MMRLError? {
        if case .failure(let error) = results[index] { error } else { nil }
      }
      #expect(error(1)?.kind == .picture)
      #expect(error(1)?.description == "\(bad): not an image: neither JPEG nor PNG")
      #expect(error(2)?.kind == .file)
      #expect(error(2)?.description.contains("nothere.jpg: No such file") == true)
      #expect(error(3)?.kind == .picture && error(4)?.kind == .picture)
      #expect(throws: MMRLError.self) { try model.classify(Picture(path: bad)) }
      #expect(try model.classify([]).isEmpty)
      #expect(throws: MMRLError.self) { try model.classify([], top: 0) }
      #expect(try model.classify(Picture(path: gallery.paths[0]), top: 1).labels.count == 1)
      for (width, height) in [(0, 1), (1, 0), (-1, -1), (1 << 62, 1), (2, 1), (1 << 61, 8)] {
        #expect(throws: MMRLError.self) {
          try Picture(pixels: [1, 2, 3], width: width, height: height)
        }
      }
    }
  }

  @Test("What is no model, or damaged, is said with its path")
  func models() throws {
    try Gallery.with { gallery in
      func error(_ path: String, _ options: Options = Options()) -> MMRLError? {
        do {
          _ = try Model(path: path, options: options)
          return nil
        } catch { return error }
      }
      let nothing = gallery.folder + "/nothing.mmrl"
      #expect(error(nothing)?.kind == .file)
      #expect(error(nothing)?.description.contains(nothing) == true)
      #expect(error(gallery.paths[0])?.kind == .model)
      let whole = try Data(contentsOf: URL(fileURLWithPath: gallery.modelPath))
      for count in [0, 10, whole.count / 2, whole.count - 1] {
        try whole.prefix(count).write(to: URL(fileURLWithPath: nothing))
        #expect(error(nothing)?.kind == .model)
        #expect(error(nothing)?.description.hasPrefix(nothing) == true)
      }
      var options = Options()
      options.threads = 0
      #expect(error(gallery.modelPath, options)?.kind == .argument)
      options = Options()
      options.labels = ["cup"]
      #expect(error(gallery.modelPath, options)?.kind == .model)
      #expect(error(gallery.modelPath, options)?.description.contains("--with-text") == true)
      options = Options()
      for rate in [-0.1, 1, .nan, 0.001] {
        options.unknownRate = rate
        #expect(error(gallery.modelPath, options)?.kind == .argument)
      }
      options.unknownRate = 0.3
      #expect(error(gallery.modelPath, options) == nil)
    }
  }

  @Test("Labels are those of the model, or those named")
  func labels() throws {
    try Gallery.with { gallery in
      let labels = try gallery.model().labels
      #expect(labels.map(\.name) == ["known 0", "known 1", "known 2", "novel 0", "novel 1"])
      #expect(labels.map(\.set) == [.known, .known, .known, .novel, .novel])
    }
    let fixture = ModelFixture(.clip, knownLabels: 0).withText(contextLength: 30)
    try Gallery.with(fixture) { gallery in
      let model = try gallery.model { $0.labels = ["cat", "dog"] }
      #expect(model.labels.map(\.name) == ["cat", "dog"])
      #expect(model.warnings.isEmpty)
      let answer = try model.classify(Picture(path: gallery.paths[0]))
      #expect(Set(answer.labels.map(\.name)) == ["cat", "dog"])
      #expect(try gallery.model { $0.labels = ["cat"] }.warnings.count == 1)
      #expect(throws: MMRLError.self) { try gallery.model { $0.labels = ["cat", "Cat"] } }
    }
  }

  @Test("Features are of unit length, and those of a picture are those of its pixels")
  func features() throws {
    try Gallery.with { gallery in
      let model = try gallery.model()
      let features = try model.features(of: gallery.paths.map { Picture(path: $0) })
        .map { try $0.get() }
      for (index, feature) in features.enumerated() {
        #expect(feature.count == model.featureCount)
        #expect(abs(feature.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        let pixels = try Picture(
          pixels: gallery.pixels[index], width: Gallery.width, height: Gallery.height)
        #expect(try model.features(of: [pixels])[0].get() == feature)
      }
      #expect(Set(features).count == features.count)
    }
  }

  /// A picture of one of two kinds.
  private func stripes(isAcross: Bool, shift: UInt8) throws -> Picture {
    let side = 40
    let pixels = (0..<side * side).flatMap { place -> [UInt8] in
      let stripe = UInt8((isAcross ? place % side : place / side) / 5 % 2 * 200) + shift
      return [stripe, isAcross ? stripe : 40, shift]
    }
    return try Picture(pixels: pixels, width: side, height: side)
  }

  @Test("Photos teach labels; what cannot be learnt leaves no file")
  func teaching() throws {
    let fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 3)
    try Gallery.with(fixture) { gallery in
      let model = try gallery.model(threads: 2)
      let output = gallery.folder + "/taught.mmrl"
      let pictures = try (0..<6).map { try stripes(isAcross: $0 < 3, shift: UInt8($0 * 9)) }
      func refused(_ photos: [String: [Picture]]) -> MMRLError? {
        do {
          _ = try model.teach(photos, to: output)
          return nil
        } catch { return error }
      }
      #expect(refused([:])?.kind == .argument)
      #expect(refused(["novel 0": pictures])?.kind == .argument)
      #expect(refused(["unknown": pictures])?.kind == .argument)
      #expect(refused(["saw": pictures, "novel 0": pictures])?.kind == .model)
      #expect(refused(["novel 0": pictures, "novel 1": [Picture(file: [1])]])?.kind == .picture)
      #expect(!FileManager.default.fileExists(atPath: output))
      let lesson = try model.teach(
        [
          "novel 0": Array(pictures[..<3]), "novel 1": Array(pictures[3...4]),
          "Novel_1": [pictures[5]],
        ],
        to: output)
      #expect(lesson.labels.values.sorted() == [3, 3] && lesson.heldOut == 6)
      let taught = try Model(path: output)
      #expect(taught.labels.map(\.set) == [.known, .known, .novel])
      for (index, picture) in pictures.enumerated() {
        let answer = try taught.classify(picture)
        let learnt = try #require(answer.labels.first { $0.set == .known })
        #expect(learnt.name.lowercased().hasSuffix(index < 3 ? "0" : "1"))
      }
      #expect(throws: MMRLError.self) {
        try model.teach(["novel 0": pictures, "novel 1": pictures], to: "/nowhere/taught.mmrl")
      }
    }
  }
}
