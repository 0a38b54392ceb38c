import CLIPModel
import CLIPTestSupport
import FloatMath
import Foundation
import Imaging
import TestSupport
import Testing
import Tokenization
import Training

/// Cross-validation of the whole training, on a small CLIP of random weights and images of noise.
@Suite struct CrossValidationTests {
  private struct Bench {
    let learner: FewShotLearner
    let plan: AdapterPlan
    let photos: [Photo]
    let data: TrainingData

    func frozen() throws -> FrozenFeatures {
      try FrozenFeatures(data, by: learner, for: plan, seed: 1)
    }

    func validate(
      _ frozen: FrozenFeatures, onProgress: (CrossValidation.Progress) -> Void = { _ in }
    ) throws -> CrossValidation? {
      try learner.crossValidate(
        plan, data, photos: photos, seed: 1, frozen: frozen, onProgress: onProgress)
    }
  }

  /// Photos of labels, as many as `counts` says, each twice where `repeated`.
  private func run(
    _ counts: [Int], repeated: Bool = false, preset: AdapterPlan.Preset = .photos,
    _ body: (Bench) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let merges = folder + "/merges.txt"
      try "#version: 0.2\nr e\n".write(toFile: merges, atomically: true, encoding: .utf8)
      let learner = try FewShotLearner(
        checkpoint: RandomCLIP(.none).checkpoint(in: folder), tokenizer: Tokenizer(path: merges),
        workers: Workers(count: 2))
      var photos: [Photo] = []
      for (label, count) in counts.enumerated() {
        for index in 0..<count {
          var random = PythonRandom(seed: 100 * label + (repeated ? index / 2 : index))
          let path = "\(folder)/\(label)-\(index).png"
          // Coarse noise, which a random tower tells apart, brighter for one label than for another.
          let cells = (0..<48).map { _ in UInt8(random.below(180)) }
          let bytes = pngFile(width: 64, height: 64) { x, y in
            let cell = (y / 16 * 4 + x / 16) * 3
            return (cells[cell] + UInt8(label * 30), cells[cell + 1], cells[cell + 2])
          }
          try Data(bytes).write(to: URL(filePath: path))
          photos.append(Photo(path: path, label: label))
        }
      }
      var options = AdapterPlan.Options()
      options.epochs = 2
      options.spaceWidth = 16
      let plan = AdapterPlan(
        preset, method: .mmrlPlusPlus, clip: learner.clip.geometry, template: "a {}.",
        options: options)
      let data = TrainingData(
        labels: counts.indices.map { "label \($0)" }, template: "a {}.",
        shots: try learner.load(photos, for: plan))
      try body(Bench(learner: learner, plan: plan, photos: photos, data: data))
    }
  }

  @Test func everyPhotoIsClassifiedByWhatHasNotSeenIt() throws {
    try run([6, 5, 1]) { bench in
      let frozen = try bench.frozen()
      var seen: [CrossValidation.Progress] = []
      let validation = try #require(try bench.validate(frozen) { seen.append($0) })
      let shares = seen.map(\.share)
      #expect(shares == shares.sorted() && shares.first == 0 && shares.last == 1)
      // What takes time before the epochs of a fold and after them is said, too.
      let stages = seen.filter { $0.fold == 1 }.map { "\($0.stage)" }
      #expect(
        stages.filter { !$0.contains("epoch") }.reduce(into: [String]()) { all, stage in
          if all.last != stage { all.append(stage) }
        } == [
          "encoding(Training.EncodingProgress.Stage.untrained)",
          "encoding(Training.EncodingProgress.Stage.trained)",
          "encoding(Training.EncodingProgress.Stage.heldOut)", "done",
        ])
      let done = seen.filter { "\($0.stage)" == "done" }.map(\.fold)
      #expect(done == Array(validation.folds.indices))
      let measurement = validation.measurement
      let placed = validation.folds.flatMap(\.self).sorted()
      #expect(
        measurement.varianceFactor == CrossValidation.varianceFactor(folds: validation.folds.count))
      // The label with one photo is always learnt from.
      #expect(!placed.contains(11) && measurement.measured == placed)
      #expect(
        measurement.candidates.map(\.name) == [
          "Zero-shot CLIP", "Centroids of the shots", "Centroids shrunk towards texts",
          "Tip-Adapter", "Discriminant of the shots", "MMRL++", "MMRL++ with discriminant",
        ])
      for candidate in measurement.candidates {
        #expect(candidate.outOfFold.compactMap { $0?.count } == placed.map { _ in 3 })
      }
      #expect(validation.curve.half.outOfFold[placed[0]] != nil)
      #expect(
        validation.curve.all.outOfFold
          == measurement.candidates.first { $0.name.hasPrefix("Discriminant") }?.outOfFold)

      // A fold's answers are those of a training on the other photos alone, encoded anew.
      let fold = validation.folds[0]
      let kept = bench.photos.indices.filter { !fold.contains($0) }
      let part = TrainingData(
        labels: bench.data.labels, template: bench.data.template,
        shots: bench.data.shots.selecting(kept))
      let fitted = try bench.learner.fit(
        bench.plan, part, seed: 1, frozen: frozen.selecting(kept))
      let features = bench.learner.features(
        of: fold.map { bench.data.shots.crops[$0] }, adapter: fitted.adapter)
      let logits = fitted.scorer.logits(features, head: .fusion)
      for (row, photo) in fold.enumerated() {
        let expected = logits[rows: row..<row + 1].elements
        let found = try #require(measurement.shipped.outOfFold[photo])
        #expect(zip(expected, found).allSatisfy { abs($0 - $1) < 1e-2 * (1 + abs($0)) })
      }
      // The same again.
      let again = try #require(try bench.validate(frozen))
      #expect(again.folds == validation.folds)
      #expect(again.measurement.shipped.outOfFold == measurement.shipped.outOfFold)
    }
  }

  @Test func nearDuplicatesAreNeverParted() throws {
    try run([6, 6], repeated: true) { bench in
      let validation = try #require(try bench.validate(bench.frozen()))
      for fold in validation.folds {
        for photo in fold { #expect(fold.contains(photo ^ 1)) }
      }
      let groups = validation.measurement.groups
      #expect(stride(from: 0, to: 12, by: 2).allSatisfy { groups[$0] == groups[$0 + 1] })
    }
  }

  @Test func singlePhotosCannotBeHeldOut() throws {
    try run([1, 1, 1]) { bench in
      let validation = try bench.validate(bench.frozen())
      #expect(validation == nil)
    }
  }

  /// A published plan keeps no rows and draws new crops for each step.
  @Test func publishedPlansAreMeasuredToo() throws {
    try run([4, 4], preset: .fewShot) { bench in
      let validation = try #require(try bench.validate(bench.frozen()))
      #expect(validation.measurement.candidates.last?.name == "MMRL++")
      #expect(validation.measurement.shipped.outOfFold.allSatisfy { $0?.count == 2 })
    }
  }

  @Test func foldsAreFewerWhereEachCostsMuch() {
    #expect(CrossValidation.foldCount(photos: 300) == 5)
    #expect(CrossValidation.foldCount(photos: 301) == 3)
    #expect(CrossValidation.varianceFactor(folds: 5) == 2.25)
  }
}
