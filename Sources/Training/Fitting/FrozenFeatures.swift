public import CLIPModel
import FloatMath
import Imaging

/// Shots and labels as the frozen CLIP encodes them, and all else that does not depend on an adapter: computed once for a
/// training and its cross-validation.
public struct FrozenFeatures: Sendable {
  /// Of the shots.
  public let shots: ShotFeatures
  /// Of the labels.
  public let texts: LabelFeatures
  /// The loss, with the labels' prompts at the first representation layer.
  let objective: TrainingObjective
  /// `[2 N]`: the photos, then their mirror images, at the first representation layer; nil where that is not needed or
  /// would not fit.
  let prepared: [PreparedImage]?
  /// The views of each photo that are trained on, photo by photo; nil where each epoch draws new ones.
  let views: [PreparedImage]?
  /// Views of a photo.
  private let viewCount: Int

  /// More bytes of rows than that are not kept but computed again.
  private static let limit = 1 << 30

  /// Encodes shots and labels.
  ///
  /// - Parameters:
  ///   - data: what is learnt from.
  ///   - learner: the backbone.
  ///   - plan: what is to be trained.
  ///   - seed: of the views that are trained on.
  ///   - onEncode: called as the encoding goes on.
  /// - Throws: when the token embedding cannot be read.
  public init(
    _ data: TrainingData, by learner: FewShotLearner, for plan: AdapterPlan, seed: Int,
    onEncode: (EncodingProgress) -> Void = { _ in }
  ) throws {
    let layer = plan.firstLayer
    let tower = learner.clip.images.tower
    let prompts = learner.prompts(data.labels, template: data.template)
    onEncode(EncodingProgress(stage: .labels, done: 0, total: data.labels.count))
    objective = try TrainingObjective(clip: learner.clip, prompts: prompts.ids, firstLayer: layer)
    texts = LabelFeatures(prompts, features: objective.frozenTexts)
    onEncode(EncodingProgress(stage: .labels, done: data.labels.count, total: data.labels.count))
    let crops = data.shots.crops + data.shots.mirrored
    func onPhotos(_ done: Int) {
      onEncode(EncodingProgress(stage: .photos, done: done, total: crops.count))
    }
    let bytes = 4 * crops.count * tower.rowCount * tower.projection.rows
    let features: ImageFeatures
    if (plan.addsDiscriminant || plan.beginsWithPhotos) && bytes <= Self.limit {
      let preprocessing = learner.preprocessing
      let images = learner.prepare(
        crops.count, before: layer, onEncoded: onPhotos
      ) { preprocessing.normalized(crops[$0]) }
      features = ImageFeatures(
        classFeatures: Matrix.stacked(images.map(\.frozen)), representation: nil)
      prepared = images
    } else {
      features = learner.features(
        of: crops, adapter: nil, onEncoded: onPhotos)
      prepared = nil
    }
    viewCount = plan.recipe.fixedViews ?? 0
    views = plan.recipe.fixedViews.map { count in
      let store = data.shots
      let boxes = PhotoView.fixed(count, of: store, seed: seed)
      return learner.prepare(
        boxes.count, before: layer,
        onEncoded: { onEncode(EncodingProgress(stage: .views, done: $0, total: boxes.count)) },
        pixels: { store.pixels(of: $0 / count, boxes[$0]) })
    }
    shots = ShotFeatures(
      features: features,
      crops: views.map {
        ImageFeatures(classFeatures: Matrix.stacked($0.map(\.frozen)), representation: nil)
      },
      labels: data.shots.labels + data.shots.labels, texts: texts.features,
      target: RegularizedLDA.Target(projection: tower.projection))
  }

  private init(_ whole: FrozenFeatures, photos: [Int]) {
    texts = whole.texts
    objective = whole.objective
    shots = whole.shots.selecting(photos)
    let count = whole.shots.photoCount
    prepared = whole.prepared.map { all in photos.map { all[$0] } + photos.map { all[count + $0] } }
    viewCount = whole.viewCount
    views = whole.views.map { all in
      photos.flatMap { all[$0 * whole.viewCount..<($0 + 1) * whole.viewCount] }
    }
  }

  /// Those of some of the photos, in this order.
  public func selecting(_ photos: [Int]) -> FrozenFeatures {
    FrozenFeatures(self, photos: photos)
  }
}

extension AdapterPlan {
  /// The first representation layer: nothing below it depends on the adapter.
  var firstLayer: Int { settings.representationLayers.min() ?? 1 }
}
