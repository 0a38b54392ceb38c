import CLIPModel
import FloatMath

extension FewShotLearner {
  /// Measures ways to classify on photos that have been set aside: those that need no training, then a trained adapter.
  ///
  /// - Parameters:
  ///   - photos: to measure on, at least one.
  ///   - frozen: of what has been learnt from, with the same labels.
  ///   - fitted: what ships.
  /// - Returns: the measurement.
  /// - Throws: `ImageFileError` for a photo that cannot be read.
  public func validate(
    _ photos: [Photo], _ frozen: FrozenFeatures, _ fitted: FittedAdapter
  ) throws -> Measurement {
    var frozenParts: [ImageFeatures] = []
    let adapted = try features(of: photos) { crops in
      frozenParts.append(features(of: crops, adapter: nil))
      return features(of: crops, adapter: fitted.adapter)
    }
    let plain = ImageFeatures.stacked(frozenParts)
    func candidate(_ classifier: Classifier, _ features: ImageFeatures) -> Measurement.Candidate {
      Measurement.Candidate(
        name: classifier.name, outOfFold: classifier.logits(features).separateRows)
    }
    return Measurement(
      photos: photos, labelCount: frozen.shots.labelCount,
      groups: NearDuplicates.groups(of: plain.classFeatures),
      candidates: frozen.baselines.map { candidate($0, plain) }
        + fitted.classifiers.map { candidate($0, adapted) })
  }
}

extension Matrix {
  /// The rows as arrays.
  var separateRows: [[Float]] { (0..<rows).map { self[rows: $0..<$0 + 1].elements } }
}
