/// Lets photos that they have not learnt from choose among settings.
///
/// Every label's shots are dealt out to four parts. A setting learns from three of them and is checked on the fourth, as often
/// as it takes to have checked about a hundred photos. The photos held out of the shots have no say, so what they tell about
/// the chosen setting stays fair.
public struct SettingSearch: Sendable {
  /// A plan and what to call it.
  public struct Setting: Sendable, Equatable {
    /// What makes it different, in a few words.
    public var name: String
    /// What to train.
    public var plan: AdapterPlan

    /// Names a plan.
    public init(_ name: String, _ plan: AdapterPlan) {
      self.name = name
      self.plan = plan
    }
  }

  /// The photos of each part that is checked on, by index.
  public let parts: [[Int]]
  private let learner: FewShotLearner
  private let data: PhotoTraining.Data
  private let photos: [Photo]

  /// Deals the photos out.
  ///
  /// - Parameters:
  ///   - learner: the backbone.
  ///   - data: labels, prompt and shots; its held-out photos are not used.
  ///   - photos: the shots once more, in the same order.
  ///   - seed: of the dealing.
  public init(
    learner: FewShotLearner, data: PhotoTraining.Data, photos: [Photo], seed: Int
  ) {
    precondition(photos.map(\.label) == data.shots.labels, "a photo for each shot")
    self.learner = learner
    self.data = data
    self.photos = photos
    parts = SettingSearch.deal(data.shots.labels, seed: seed)
  }

  /// Indices of the photos that each part is checked on: so many parts of four that about 100 photos are checked.
  ///
  /// A label's only photo is in no part, since it has to be learnt from.
  ///
  /// - Parameters:
  ///   - labels: of the photos.
  ///   - seed: of the dealing.
  /// - Returns: the parts; none where no label has two photos.
  public static func deal(_ labels: [Int], seed: Int) -> [[Int]] {
    var random = PythonRandom(seed: seed)
    let parts = ShotParts.deal(labels, into: 4, &random)
    var checked = 0
    let needed = parts.prefix { part in
      defer { checked += part.count }
      return checked < 100
    }
    return Array(needed)
  }

  /// A run on what is not in a part, checked on that part.
  ///
  /// - Throws: `PhotoError` for a photo that can no longer be read.
  public func training(without part: Int) throws -> PhotoTraining {
    let out = Set(parts[part])
    let kept = photos.indices.filter { !out.contains($0) }
    return try PhotoTraining(
      learner: learner,
      data: PhotoTraining.Data(
        labels: data.labels, template: data.template,
        shots: PhotoStore(data.shots, choosing: kept), held: parts[part].map { photos[$0] }))
  }

  /// Which setting to keep: the first, unless another got more photos right by more than the standard error of the
  /// difference.
  ///
  /// - Parameter hits: for each setting, whether it got each of the same photos right.
  /// - Returns: the index of the setting.
  public static func choice(_ hits: [[Bool]]) -> Int {
    func right(_ setting: Int) -> Int { hits[setting].count { $0 } }
    guard let best = hits.indices.max(by: { (right($0), $1) < (right($1), $0) }) else { return 0 }
    let gain = right(best) - right(0)
    // Photos that both get right, or both wrong, say nothing.
    let differing = zip(hits[best], hits[0]).count { $0 != $1 }
    return gain * gain > differing ? best : 0
  }

  /// Seconds that searching among plans and then training the best one takes, from a step of each on a few of the photos.
  ///
  /// - Throws: when the token embedding cannot be read.
  public func seconds(_ plans: [AdapterPlan]) throws -> Double {
    var measured: [(plan: AdapterPlan, pace: Pace)] = []
    for plan in plans {
      let known = measured.first {
        $0.plan.geometry == plan.geometry
          && $0.plan.settings.representationLayers == plan.settings.representationLayers
          && $0.plan.recipe.fixedViews == plan.recipe.fixedViews
      }
      measured.append((plan, try known?.pace ?? pace(plan)))
    }
    func all(_ photos: Int) -> Double {
      measured.reduce(0) { $0 + $1.pace.seconds($1.plan.recipe, photos: photos) }
    }
    let last = measured.map { $0.pace.seconds($0.plan.recipe, photos: photos.count) }.max() ?? 0
    let encoding = measured.first?.pace.encoding ?? 0
    return parts.reduce(last) { sum, part in
      let kept = photos.count - part.count
      return sum + Double(kept) * encoding + all(kept)
    }
  }

  /// How long things take, each for one photo.
  private struct Pace {
    /// Beginning with the shots, and the frozen blocks' part of fixed views.
    var preparing: Double
    /// A photo's share of a step.
    var stepping: Double
    /// Encoding it and its mirror image.
    var encoding: Double

    func seconds(_ recipe: TrainingRecipe, photos: Int) -> Double {
      let taken =
        recipe.takesEveryPhoto
        ? photos : min(recipe.steps(photos: photos) * recipe.batchSize, photos)
      return Double(photos) * (preparing + encoding)
        + Double(recipe.epochs(photos: photos) * taken) * stepping
    }
  }

  private func pace(_ plan: AdapterPlan) throws -> Pace {
    let count = min(16, photos.count)
    let few = PhotoStore(data.shots, choosing: (0..<count).map { $0 * photos.count / count })
    let clock = ContinuousClock()
    let start = clock.now
    var trainer = try learner.trainer(plan, labels: data.labels, photos: few, seed: 0)
    trainer.trainEpoch()
    let prepared = clock.now
    trainer.trainEpoch()
    let stepped = clock.now
    _ = learner.shots(few, labelCount: data.labels.count, adapter: trainer.adapter)
    let step = (stepped - prepared) / .seconds(1)
    return Pace(
      preparing: max(0, (prepared - start) / .seconds(1) - step) / Double(count),
      stepping: step / Double(count),
      encoding: (clock.now - stepped) / .seconds(1) / Double(count))
  }
}
