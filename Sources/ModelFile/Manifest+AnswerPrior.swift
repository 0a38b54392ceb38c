internal import Glibc

extension Manifest.Answer {
  /// Photos of a label, on average, from which on their geometry says something.
  public static let leastPhotosForGate = 1.5

  /// The gate that fitting begins with, and stays with where nothing can be held out; not yet ``Gate/balanced(photos:)``.
  ///
  /// Found with 120 random draws of 2 to 50 known labels, 1 to 16 photos of each, and 1 to 50 novel labels out of the
  /// training half of Caltech-101, with a ViT-S/14 at 112 px. More known labels lie closer together, and means of few
  /// photos are farther from everything, which the constant makes up for.
  ///
  /// After training on one photo a label, photos are far from all means, those of known labels as well (a distance of 1.9, where
  /// four photos give 0.4), and the probability of the best label says nothing. Then names alone decide.
  ///
  /// - Parameters:
  ///   - labels: how many known labels there are.
  ///   - photos: how many photos a label has on average.
  /// - Returns: the coefficients.
  public static func gatePrior(labels: Int, photos: Double) -> Gate {
    guard photos >= leastPhotosForGate else { return namesAlone }
    return Gate(
      gap: 0.315, distance: -5.13, confidence: 1.85,
      bias: 4.72 + 0.159 * log(Double(labels)) - 0.231 * log(photos))
  }

  /// The gate of a model that was taught, which nothing is fitted to; not yet ``Gate/balanced(photos:)``.
  ///
  /// Found on the same draws as ``gatePrior(labels:photos:)``, but by scores at the logit scales that the photos themselves
  /// call for, as a taught model has them: those are surer with more photos.
  ///
  /// - Parameters:
  ///   - labels: how many known labels there are.
  ///   - photos: how many photos a label has on average.
  /// - Returns: the coefficients.
  public static func taughtGate(labels: Int, photos: Double) -> Gate {
    guard photos >= leastPhotosForGate else { return namesAlone }
    return Gate(
      gap: 0.311, distance: -6.26, confidence: 1.7,
      bias: 6.58 - 0.598 * log(Double(labels)) - 0.613 * log(photos))
  }

  private static let namesAlone = Gate(gap: 0.36, distance: 0, confidence: 0, bias: -0.9)

  /// What tells labels from whatever else an image may show, found with 80 such draws and photos of labels that were
  /// neither known nor novel.
  ///
  /// - Parameter hasPhotos: whether the known labels were learnt from photos.
  /// - Returns: coefficients, without scores of held-out photos.
  public static func unknownPrior(hasPhotos: Bool) -> Unknown {
    Unknown(
      known: hasPhotos
        ? Unknown.Regression(energy: 0.373, distance: -5.61, confidence: 1.48, bias: 6.75) : nil,
      named: Unknown.Regression(energy: 0.33, bias: 1.81))
  }

  /// By what the scale that fits the class head of known labels is multiplied for novel ones, where the gate is fitted.
  ///
  /// Where the gate lets a novel label win, its name fits better than names do on average. Found as the gate's balance was.
  public static let novelSharpness = 1.4
}

extension Manifest.Answer.Gate {
  /// The gate with the constant by which known and novel labels are right about as often as they can be together.
  ///
  /// p(label | known) is higher at its best than p(label | novel), so the highest score would lean to known labels though the
  /// gate is right (calibrated stacking, Chao et al., ECCV 2016, takes a constant off seen classes for that). The more so the
  /// fewer photos there were. Found on photos of Caltech-101's training half that five trained models (ViT-S/14, 50 known
  /// labels from 4, 8 and 16 photos, 12 from 10) had not learnt from: of constants and scales of novel labels those with the
  /// highest harmonic mean that kept the expected calibration error of 50 labels within 0.05 and lost few known answers.
  /// One constant for all loses too many known answers at 16 photos, or gains too few novel ones at 4.
  ///
  /// - Parameter photos: how many photos a known label has on average.
  /// - Returns: the gate that answers use.
  public func balanced(photos: Double) -> Self {
    var gate = self
    gate.bias += min(0, 0.47 * log(max(4, photos)) - 1.5)
    return gate
  }
}
