import CLIPModel
import CLIPTestSupport
import Checkpoints
import FloatMath
import TestSupport
import Testing
import Training

/// Random images whose views are cropped by the nearest pixel: different views give different pixels.
private struct RandomPhotos: TrainingPhotos {
  let labels: [Int]
  private let images: [[Float]]

  init(count: Int, labels: Int) {
    var random = SplitMix64(seed: 3)
    self.labels = (0..<count).map { $0 % labels }
    var images: [[Float]] = []
    for photo in 0..<count {
      let (width, height) = (40 + photo, 50)
      images.append((0..<width * height * 3).map { _ in random.normal() })
    }
    self.images = images
  }

  func size(of photo: Int) -> (width: Int, height: Int) { (40 + photo, 50) }

  func pixels(of photo: Int, _ view: PhotoView) -> [Float] {
    let width = 40 + photo
    return (0..<3 * 32 * 32).map { index in
      let (channel, y, x) = (index / 1024, index % 1024 / 32, index % 32)
      let column = view.flipped ? 31 - x : x
      let row = view.top + y * view.height / 32
      return images[photo][
        (channel * 50 + row) * width + view.left + column * view.width / 32]
    }
  }
}

@Suite struct AdapterTrainerTests {
  private func trainer(
    views: Int? = nil, batch: Int = 4, seed: Int = 5, threads: Int = 2, epochs: Int = 3,
    leastSteps: Int = 0
  ) throws -> AdapterTrainer {
    let fixture = try MicroFixture("forward-MMRL")
    let clip = try MicroFixture.clip(threads: threads)
    var recipe = TrainingRecipe(
      batchSize: batch, learningRate: 1e-3, epochs: epochs, regularization: 1, fixedViews: views)
    recipe.takesEveryPhoto = leastSteps > 0
    recipe.leastSteps = leastSteps
    return try AdapterTrainer(
      clip: clip,
      adapter: Adapter(
        untrained: AdapterGeometry(.mmrlPlusPlus, for: clip.geometry, layerCount: 3),
        settings: AdapterSettings(representationLayers: [2, 3, 4], alpha: 0.7, beta: 0.9),
        seed: seed),
      prompts: try fixture.tokens(), photos: RandomPhotos(count: 10, labels: 10),
      recipe: recipe, seed: seed)
  }

  private func bits(_ adapter: Adapter) -> [String: [UInt32]] {
    adapter.tensors.map { $0.elements.map(\.bitPattern) }.values
  }

  @Test(arguments: [nil, 2])
  func continuesBitForBit(views: Int?) throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/state.safetensors"
      var whole = try trainer(views: views)
      while !whole.isFinished { whole.trainEpoch() }
      #expect(whole.history.map(\.epoch) == [1, 2, 3])
      #expect(whole.stepsPerEpoch == 2)

      for stop in 1...2 {
        var first = try trainer(views: views)
        for _ in 0..<stop { first.trainEpoch() }
        try first.saveState(to: path)
        var second = try trainer(views: views)
        try second.restoreState(from: path)
        #expect(second.history == first.history)
        while !second.isFinished { second.trainEpoch() }
        #expect(bits(second.adapter) == bits(whole.adapter), "after epoch \(stop)")
        #expect(second.history == whole.history)
      }
      var other = try trainer(views: views, seed: 6)
      while !other.isFinished { other.trainEpoch() }
      #expect(bits(other.adapter) != bits(whole.adapter))
    }
  }

  @Test func refusesStatesOfOtherRuns() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/state.safetensors"
      var first = try trainer()
      first.trainEpoch()
      try first.saveState(to: path)
      for (what, other) in [
        ("training settings", try trainer(batch: 5)), ("seed", try trainer(seed: 6)),
        ("number of threads", try trainer(threads: 1)),
      ] {
        var other = other
        #expect(throws: TrainingStateError.otherRun(path: path, what: "other \(what)")) {
          try other.restoreState(from: path)
        }
        #expect(other.history.isEmpty)
      }
      let facts = RunFacts(values: ["checkpoint": "a"], photos: ["cat/1.jpg": "x"])
      try first.saveState(to: path, facts: facts)
      var same = try trainer()
      try same.restoreState(from: path, facts: facts)
      #expect(same.history.count == 1)
      var another = facts
      another.values["checkpoint"] = "b"
      #expect(
        throws: TrainingStateError.otherRun(path: path, what: "checkpoint: a then, b now")
      ) {
        try same.restoreState(from: path, facts: another)
      }
      try Checkpoint.write([NamedTensor("x", shape: [1], values: [1])], to: path)
      var none = try trainer()
      #expect(throws: TrainingStateError.notAState(path: path)) {
        try none.restoreState(from: path)
      }
      #expect(throws: CheckpointError.self) {
        try none.restoreState(from: "\(folder)/nothing")
      }
    }
  }

  @Test func factsSayWhatDiffers() {
    let facts = RunFacts(values: ["beta": "0.6"], photos: ["a": "1", "b": "2", "c": "3"])
    #expect(facts.difference(from: facts) == nil)
    var now = facts
    now.values["rank"] = "4"
    now.photos = [:]
    #expect(now.difference(from: facts) == "rank: none then, 4 now")
    now.values["rank"] = nil
    now.photos = ["b": "2", "c": "4", "d": "5", "e": "6", "f": "7", "g": "8"]
    #expect(
      now.difference(from: facts) == "photos: 4 new (d, e, f, ...), 1 gone (a), 1 changed (c)")
  }

  /// Fixed views are a shortcut: with one view a photo, whatever the frozen blocks made of it is used again.
  @Test func fixedViewsTrain() throws {
    var trainer = try trainer(views: 1, batch: 10, epochs: 12)
    var steps = 0
    while !trainer.isFinished { trainer.trainEpoch { _ in steps += 1 } }
    #expect(steps == 12)
    let first = try #require(trainer.history.first)
    let last = try #require(trainer.history.last)
    #expect(last.loss < 0.8 * first.loss, "\(first.loss) to \(last.loss)")
    #expect(trainer.history.allSatisfy { $0.loss.isFinite && (0...1).contains($0.accuracy) })
  }

  @Test func smallSetsMakeOneBatch() throws {
    var trainer = try trainer(batch: 32)
    #expect(trainer.stepsPerEpoch == 1)
    var seen: [Int] = []
    trainer.trainEpoch { seen.append($0.step) }
    #expect(seen == [1])
  }

  /// Ten photos in batches of at most four: three steps an epoch with every photo in one of them, epochs until there are 13.
  @Test func everyPhotoIsTakenUntilThereAreStepsEnough() throws {
    var trainer = try trainer(leastSteps: 13)
    var sizes: [Int] = []
    while !trainer.isFinished { trainer.trainEpoch { sizes.append($0.images) } }
    #expect(trainer.history.count == 5 && trainer.recipe.epochs == 5)
    #expect(sizes == [Int]([[Int]](repeating: [3, 3, 4], count: 5).joined()))
  }

  @Test func viewsLieInsideThePhoto() throws {
    // The views that a trainer draws are seen by its photos; a view outside would trap there.
    for (width, height) in [(40, 50), (1, 1), (1000, 3), (2, 900)] {
      let seen = ViewRecorder(width: width, height: height)
      let clip = try MicroFixture.clip(threads: 1)
      var trainer = try AdapterTrainer(
        clip: clip,
        adapter: Adapter(
          untrained: AdapterGeometry(.mmrl, for: clip.geometry, layerCount: 1),
          settings: AdapterSettings(representationLayers: [4], alpha: 0.7, beta: 1), seed: 1),
        prompts: try MicroFixture("forward-MMRL").tokens(), photos: seen,
        recipe: TrainingRecipe(batchSize: 8, learningRate: 1e-3, epochs: 1, regularization: 1),
        seed: 1)
      trainer.trainEpoch()
      #expect(trainer.history.count == 1)
    }
  }
}

private struct ViewRecorder: TrainingPhotos {
  let width: Int
  let height: Int
  let labels = [Int](repeating: 0, count: 8)
  func size(of photo: Int) -> (width: Int, height: Int) { (width, height) }
  func pixels(of photo: Int, _ view: PhotoView) -> [Float] {
    #expect(view.top >= 0 && view.left >= 0 && view.width > 0 && view.height > 0)
    #expect(view.top + view.height <= height && view.left + view.width <= width)
    let ratio = Double(view.width) / Double(view.height)
    // A long photo's box keeps to the ratio as far as whole pixels allow.
    #expect(min(width, height) < 10 || (0.7...1.4).contains(ratio))
    return (0..<3072).map { Float($0 % 17) / 17 + Float(photo) }
  }
}
