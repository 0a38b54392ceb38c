import Imaging
import Inference
import ModelFile

/// The engine, with the label sets that were asked for and the memory for a batch.
final class Classifier {
  /// A label set, and the head that scores it.
  struct ScoredSet {
    var kind: Manifest.LabelSet.Kind
    var labels: [String]
    /// `fusion` of both heads, or `class` alone.
    var head: String
  }

  let sets: [ScoredSet]
  /// How pictures become crops.
  let preprocessing: Preprocessing
  let engine: Engine
  private let session: Session
  /// Crops of a batch, one after the other.
  private var pixels: [UInt8] = []

  /// Loads the model that the options name; passes are shared by all of the engine's threads.
  convenience init(
    _ options: ModelOptions, labels selection: LabelSelection?, maximumBatch: Int
  ) throws {
    let engine = try options.loadEngine()
    self.init(
      sets: try Self.sets(of: engine.manifest, selection),
      session: engine.makeSession(maximumBatch: maximumBatch))
  }

  private init(sets: [ScoredSet], session: Session) {
    self.sets = sets
    self.session = session
    engine = session.engine
    let preprocessing = engine.manifest.preprocessing
    self.preprocessing = Preprocessing(
      size: preprocessing.size, mean: preprocessing.mean, std: preprocessing.std)
    pixels.reserveCapacity(session.maximumBatch * engine.imageBytes)
  }

  /// Another of the same model, whose passes run on the calling thread alone.
  func onOneThread() -> Classifier {
    Classifier(
      sets: sets, session: engine.makeSingleThreadSession(maximumBatch: session.maximumBatch))
  }

  /// The model does not have the labels asked for.
  struct MissingLabels: Error, CustomStringConvertible {
    var description: String
  }

  private static func sets(
    of manifest: Manifest, _ selection: LabelSelection?
  ) throws(MissingLabels) -> [ScoredSet] {
    let kinds: [Manifest.LabelSet.Kind] =
      switch selection {
      case .known: [.known]
      case .novel: [.novel]
      case .all, nil: [.known, .novel]
      }
    let found = kinds.compactMap(manifest.labelSet)
    guard !manifest.labelSets.isEmpty else {
      throw MissingLabels(
        description: "the model has no labels to choose from "
          + "(convert it again with --known or --novel)")
    }
    guard !found.isEmpty else {
      let wanted = kinds.map(\.rawValue).joined(separator: " or ")
      throw MissingLabels(description: "the model has no \(wanted) labels")
    }
    return found.map { set in
      let isFused = set.kind == .known && manifest.method != .clip
      return ScoredSet(
        kind: set.kind, labels: set.labels, head: isFused ? "fusion" : "class")
    }
  }

  /// Classifies a batch; pictures that could not be read are records too, in their place.
  func records(of pictures: [PreparedPicture], top: Int) -> [Record] {
    pixels.removeAll(keepingCapacity: true)
    for picture in pictures {
      if case .success(let crop) = picture.result { pixels += crop.image.pixels }
    }
    var milliseconds = 0.0
    if !pixels.isEmpty {
      let start = ContinuousClock.now
      session.encode(pixels.span)
      let duration = ContinuousClock.now - start
      milliseconds = duration / .milliseconds(1) / Double(pixels.count / engine.imageBytes)
    }
    var image = 0
    return pictures.map { picture in
      let origin = [Record.Field("path", .text(picture.path.text))]
      switch picture.result {
      case .success(let crop):
        defer { image += 1 }
        let classification = Record.Classification(
          groups: groups(of: image, top: top), milliseconds: milliseconds, warnings: crop.warnings)
        return Record(origin: origin, outcome: .labels(classification))
      case .failure(let failure):
        return Record(origin: origin, outcome: .failure(failure.reason))
      }
    }
  }

  /// Classifies one crop; `adjust` may change the scores of a set before they are ranked.
  func classify(
    _ crop: Image, top: Int, adjust: (_ scores: inout [Float], _ set: Int) -> Void
  ) -> Record.Classification {
    let start = ContinuousClock.now
    session.encode(crop.pixels.span)
    let groups = groups(of: 0, top: top, adjust: adjust)
    return Record.Classification(
      groups: groups, milliseconds: (ContinuousClock.now - start) / .milliseconds(1), warnings: [])
  }

  /// The best labels of an image of the session's last batch, set by set.
  private func groups(
    of image: Int, top: Int, adjust: (inout [Float], Int) -> Void = { _, _ in }
  ) -> [[ScoredLabel]] {
    sets.enumerated().map { index, set in
      let logits = session.logits(of: image, set.kind)
      var scores = logits
      var span = scores.mutableSpan
      Session.softmax(&span)
      adjust(&scores, index)
      // Equal logits keep the order of the labels.
      let order = scores.indices.sorted {
        (scores[$0], logits[$0], $1) > (scores[$1], logits[$1], $0)
      }
      return order.prefix(top).map { label in
        ScoredLabel(
          label: set.labels[label], set: set.kind.rawValue, head: set.head, score: scores[label],
          logit: logits[label])
      }
    }
  }
}
