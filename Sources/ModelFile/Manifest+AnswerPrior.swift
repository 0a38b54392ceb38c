internal import Glibc

extension Manifest.Answer {
  /// The gate where nothing was held out to fit it on; fitting begins here, too.
  ///
  /// Found with 120 random draws of 2 to 50 known labels, 1 to 16 photos of each, and 1 to 50 novel labels out of the
  /// training half of Caltech-101, with a ViT-S/14 at 112 px. More known labels lie closer together, and means of few
  /// photos are farther from everything, which the constant makes up for.
  ///
  /// - Parameters:
  ///   - labels: how many known labels there are.
  ///   - photos: how many photos a label has on average.
  /// - Returns: the coefficients.
  public static func gatePrior(labels: Int, photos: Double) -> Gate {
    Gate(
      gap: 0.315, distance: -5.13, confidence: 1.85,
      bias: 4.72 + 0.159 * log(Double(labels)) - 0.231 * log(photos))
  }

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
}
