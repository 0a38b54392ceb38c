internal import Glibc

extension Manifest.Answer {
  /// Photos of a label, on average, from which on the distance to them says something after training.
  private static let leastPhotosForDistance = 1.5

  /// The gate that fitting begins with, and stays with where nothing can be held out.
  ///
  /// Found with 120 random draws of 2 to 50 known labels, 1 to 16 photos of each, and 1 to 50 novel labels out of the
  /// training half of Caltech-101, with a ViT-S/14 at 112 px. More known labels lie closer together, and means of few
  /// photos are farther from everything, which the constant makes up for.
  ///
  /// After training on one photo a label, photos are far from all means, those of known labels as well: a distance of 1.9 with
  /// 50 labels and of 5 with 10, where four photos give 0.4. So it does not count. These coefficients were found on photos of the
  /// training half that trained models of 4, 10 and 50 labels had not learnt from.
  ///
  /// - Parameters:
  ///   - labels: how many known labels there are.
  ///   - photos: how many photos a label has on average.
  /// - Returns: the coefficients.
  public static func gatePrior(labels: Int, photos: Double) -> Gate {
    guard photos >= leastPhotosForDistance else {
      return Gate(gap: 0.35, distance: 0, confidence: 0.85, bias: 0.3 * log(Double(labels)) - 0.75)
    }
    return Gate(
      gap: 0.315, distance: -5.13, confidence: 1.85,
      bias: 4.72 + 0.159 * log(Double(labels)) - 0.231 * log(photos))
  }

  /// The gate of a model that was taught, which nothing is fitted to.
  ///
  /// Found on such draws as ``gatePrior(labels:photos:)``, but by scores at the logit scales that the photos themselves
  /// call for, as a taught model has them: those are surer with more photos. Features that no training has bent to the photos
  /// keep their distances, so that one photo a label is enough for them. The constants are lower by 0.25, of one photo by 0.6, than
  /// those that tell known photos from novel ones best: p(label | known) is higher at its best than p(label | novel), so that
  /// the highest score would lean to known labels (calibrated stacking, Chao et al., ECCV 2016).
  ///
  /// - Parameters:
  ///   - labels: how many known labels there are.
  ///   - photos: how many photos a label has on average.
  /// - Returns: the coefficients.
  public static func taughtGate(labels: Int, photos: Double) -> Gate {
    guard photos >= leastPhotosForDistance else {
      return Gate(
        gap: 0.273, distance: -3.91, confidence: 1.11, bias: 3.8 - 0.441 * log(Double(labels)))
    }
    return Gate(
      gap: 0.311, distance: -6.26, confidence: 1.7,
      bias: 6.33 - 0.598 * log(Double(labels)) - 0.613 * log(photos))
  }

  /// What tells labels from whatever else an image may show.
  ///
  /// By names alone, found with 80 such draws and photos of labels that were neither known nor novel. Beside photos, where
  /// the novel names have to tell what the photos do not, found with 10 draws of 12 labels from 10 photos and 6 by name, and
  /// then on two trained models of such labels, for which photos of other things lie nearer to the known ones than for the frozen
  /// CLIP: always on photos of the training half that were not learnt from.
  ///
  /// - Parameter hasPhotos: whether the known labels were learnt from photos.
  /// - Returns: coefficients, without scores of held-out photos.
  public static func unknownPrior(hasPhotos: Bool) -> Unknown {
    Unknown(
      known: hasPhotos
        ? Unknown.Regression(energy: 0.2, distance: -6.5, confidence: 1.64, bias: 3.15) : nil,
      named: Unknown.Regression(energy: 0.33, bias: 1.81),
      novel: hasPhotos ? Unknown.Regression(energy: 0.45, bias: 2) : nil)
  }

  /// By what the scale that fits the class head of known labels is multiplied for novel ones, where the gate is a regression.
  ///
  /// Where the gate lets a novel label win, its name fits better than names do on average. The expected calibration error of
  /// trained models with 50 labels from 1, 2, 4 and 16 photos is within 0.03 to 0.065 by it, on photos of the training half that they had not
  /// learnt from; 1.2 is as good on average, 1 and 1.6 are worse.
  public static let novelSharpness = 1.4
}
