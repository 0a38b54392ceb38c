import CLIPModel
import CLIPTestSupport
import FloatMath
import Foundation
import Imaging
import TestSupport
import Testing
import Tokenization
import Training

/// The training procedure as a whole, on a small CLIP of random weights and photos of two colours.
@Suite struct FitTests {
  private static let labels = ["red", "blue"]

  /// Calls `body` with a learner and with photos that are read from files.
  private func run(_ body: (FewShotLearner, [Photo], String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let merges = folder + "/merges.txt"
      try "#version: 0.2\nr e\n".write(toFile: merges, atomically: true, encoding: .utf8)
      let learner = try FewShotLearner(
        checkpoint: RandomCLIP(.none).checkpoint(in: folder), tokenizer: Tokenizer(path: merges),
        workers: Workers(count: 1))
      var random = PythonRandom(seed: 3)
      let photos = try (0..<8).map { index in
        let path = "\(folder)/\(index).png"
        let bytes = pngFile(width: 200, height: 60) { _, _ in
          let noise = UInt8(random.below(60))
          return index % 2 == 0 ? (180 + noise, noise, 20) : (noise, 20, 180 + noise)
        }
        try Data(bytes).write(to: URL(filePath: path))
        return Photo(path: path, label: index % 2)
      }
      try body(learner, photos, folder)
    }
  }

  private func plan(
    _ preset: AdapterPlan.Preset = .photos, for learner: FewShotLearner, epochs: Int = 3
  ) -> AdapterPlan {
    var options = AdapterPlan.Options()
    options.epochs = epochs
    options.spaceWidth = 16
    return AdapterPlan(
      preset, method: .mmrlPlusPlus, clip: learner.clip.geometry, template: "a {}.",
      options: options)
  }

  private func data(
    _ photos: [Photo], _ plan: AdapterPlan, _ learner: FewShotLearner
  ) throws -> TrainingData {
    TrainingData(
      labels: Self.labels, template: "a {}.", shots: try learner.load(photos, for: plan))
  }

  @Test func resumingGivesTheSame() throws {
    try run { learner, photos, folder in
      let plan = plan(for: learner)
      let data = try data(photos, plan, learner)
      var steps = 0
      var epochs: [Int] = []
      let whole = try learner.fit(
        plan, data, seed: 1, onStep: { _, _ in steps += 1 }, onEpoch: { epochs.append($0.epoch) })
      #expect(epochs == [1, 2, 3] && steps == 3)
      #expect(whole.epochs.count == 3 && whole.untrained?.tuning != nil)
      #expect(whole.discriminant?.weight.columns == 2 * learner.clip.geometry.embedDim)
      #expect(whole.labels.prompts.labels == Self.labels)

      // A copy of the state after the first epoch is what an interruption in the second leaves.
      let (kept, copy) = (folder + "/state", folder + "/state-1")
      let facts = RunFacts(values: ["photos": "eight"])
      _ = try learner.fit(
        plan, data, seed: 1, state: TrainingStateFile(path: kept, facts: facts, resumes: false),
        onStep: { done, _ in
          if done == 1 { try? FileManager.default.copyItem(atPath: kept, toPath: copy) }
        })
      let state = TrainingStateFile(path: copy, facts: facts, resumes: true)
      var repeated: [Int] = []
      let resumed = try learner.fit(
        plan, data, seed: 1, state: state, onEpoch: { repeated.append($0.epoch) })
      #expect(repeated == [2, 3])
      #expect(resumed.epochs == whole.epochs)
      #expect(resumed.discriminant?.bias == whole.discriminant?.bias)
      #expect(resumed.labels.features.elements == whole.labels.features.elements)
      for name in whole.adapter.tensors.names {
        #expect(resumed.adapter.tensors[name].elements == whole.adapter.tensors[name].elements)
      }
      let frozen = try FrozenFeatures(data, by: learner, for: plan, seed: 1)
      let shared = try learner.fit(plan, data, seed: 1, frozen: frozen)
      #expect(shared.untrained?.tuning == whole.untrained?.tuning)
      #expect(shared.epochs == whole.epochs)
      #expect(shared.discriminant?.bias == whole.discriminant?.bias)
    }
  }

  /// Photos are kept small where the plan says so, whole elsewhere; crops without augmentation are the same.
  @Test func thePlanDecidesWhatPhotosAreKept() throws {
    try run { learner, photos, _ in
      let small = try learner.load(photos, for: plan(for: learner))
      let whole = try learner.load(photos, for: plan(.fewShot, for: learner))
      #expect(whole.size(of: 0) == (200, 60))
      #expect(small.size(of: 0) == (160, 48))
      #expect(small.crops[0].pixels == whole.crops[0].pixels)
    }
  }

  /// What was decoded to find out whether it can be is what is learnt from: the files may be gone by then.
  @Test func photosAreDecodedOnce() throws {
    try run { learner, photos, folder in
      let plan = plan(for: learner)
      let whole = try learner.load(photos, for: plan)
      let broken = folder + "/broken.png"
      try Data("no image".utf8).write(to: URL(filePath: broken))
      var read = learner.noPhotos(for: plan)
      var seen: [Int] = []
      read.read(photos.map(\.path) + [broken], workers: learner.clip.workers) { done, total in
        seen.append(done)
        #expect(total == 9)
      }
      #expect(seen == [0, 4, 8, 9])
      #expect(read.problem(broken)?.path == broken && read.problem(photos[0].path) == nil)
      #expect(read.problem(folder + "/missing.png") != nil)
      for photo in photos { try FileManager.default.removeItem(atPath: photo.path) }
      #expect(read.problem(photos[0].path) == nil)
      let kept = try learner.load(photos, for: plan, read: read)
      #expect(kept.crops.map(\.pixels) == whole.crops.map(\.pixels))
      #expect(kept.labels == whole.labels && kept.size(of: 3) == whole.size(of: 3))
      #expect(throws: ImageFileError.self) { try learner.load(photos, for: plan) }
    }
  }

  /// The exported model is checked against these: they are what encoding the crops anew gives.
  @Test func featuresOfThePhotosAreKept() throws {
    try run { learner, photos, _ in
      let plan = plan(for: learner)
      let data = try data(photos, plan, learner)
      let fitted = try learner.fit(plan, data, seed: 1)
      let anew = learner.features(of: data.shots.crops, adapter: fitted.adapter)
      let kept = try #require(fitted.features)
      for (one, other) in [
        (kept.classFeatures, anew.classFeatures),
        (try #require(kept.representation), try #require(anew.representation)),
      ] {
        let differences = zip(one.elements, other.elements).map { abs($0 - $1) }
        #expect(one.rows == 8 && differences.allSatisfy { $0 < 1e-5 })
      }
    }
  }

  @Test func publishedPlansAddNothing() throws {
    try run { learner, photos, _ in
      let plan = plan(.fewShot, for: learner, epochs: 1)
      let fitted = try learner.fit(plan, data(photos, plan, learner), seed: 1)
      #expect(fitted.discriminant == nil && fitted.untrained == nil)
    }
  }

  @Test func validationEndsWithWhatIsExported() throws {
    try run { learner, photos, _ in
      let plan = plan(for: learner)
      let data = try data(Array(photos.prefix(6)), plan, learner)
      var stages: [EncodingProgress] = []
      let frozen = try FrozenFeatures(
        data, by: learner, for: plan, seed: 1, onEncode: { stages.append($0) })
      let fitted = try learner.fit(
        plan, data, seed: 1, frozen: frozen, onEncode: { stages.append($0) })
      let ends = stages.filter { $0.done == $0.total }
      #expect(ends.map(\.stage) == [.labels, .photos, .views, .untrained, .trained])
      #expect(ends.map(\.total) == [2, 12, 24, 36, 36])
      let measurement = try learner.validate(Array(photos.suffix(2)), frozen, fitted)
      #expect(
        measurement.candidates.map(\.name) == [
          "Zero-shot CLIP", "Centroids of the shots", "Centroids shrunk towards texts",
          "Tip-Adapter", "Discriminant of the shots", "MMRL++", "MMRL++ with discriminant",
        ])
      // Red and blue are told apart by any feature.
      #expect(measurement.hits(measurement.shipped) == [true, true])
    }
  }
}
