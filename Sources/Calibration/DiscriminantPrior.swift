/// What is known of a discriminant of few photos before any photo: figures that training and teaching share.
///
/// Photos of a text and of the target, the identity's share and the first scales were looked at again on photos of Caltech-101's
/// training half that were not learnt from: 2 to 50 labels, 1 to 16 photos of each, features of the frozen CLIP. With three quarters or
/// one and a half times as many photos, or a tenth to five times the identity, accuracy moves by less than two standard errors; labels are
/// most likely at discriminants that count as 45 to 64 columns.
///
/// Legend: C labels, D columns of a feature, E joint size. A feature is that of the class, or it and the representation's,
/// each of which is a part of E columns.
package enum DiscriminantPrior {
  /// As many photos as a label's text is worth when its mean is estimated.
  ///
  /// Best among 0, 1, 2, 4 and 8 at one and at four photos a label; at sixteen it matters little.
  package static let photosOfText = 2.0

  /// The covariance's target counts as many photos as a part has columns, times this.
  package static let photosOfTarget = 0.4

  /// How much of the target is the identity: directions that the projection has no features in keep a variance.
  package static let identityShare = 0.02

  /// How much the discriminant of both features counts beside that of the class feature alone.
  ///
  /// The representation has learnt the photos by heart where there are few. With one photo a label it takes 8 points off the
  /// class feature's accuracy, from four on it adds some.
  package static func representationShare(photos: Double) -> Double {
    0.5 * min(1, max(0, (photos - 1) / 3))
  }

  /// The logit scales where no photo could be held out to find them: of the frozen CLIP's texts and of the discriminant.
  ///
  /// A discriminant counts every column of a feature as independent evidence; at this scale all columns of a part together
  /// count as 64. Held-out photos of one to sixteen a label find about the same. Means have been moved towards the texts, so
  /// little is left for the texts to say.
  package static func scales(embedDim: Int) -> (text: Double, discriminant: Double) {
    let discriminant = min(64, Double(embedDim)) / Double(embedDim)
    return (discriminant / 2, discriminant)
  }

  /// How much of its scale a discriminant keeps beside the fused logits of a trained adapter, which say much the same.
  package static let shareBesideTrained = 0.57

  /// How many times the discriminant's scale that of a trained adapter's fused logits is at least.
  package static let trainedFusion = 3.0

  /// Label means moved towards where the labels' texts say that they lie.
  ///
  /// A text counts as `photosOfText` photos. Images of a label differ from those of others along the text, as far as features
  /// vary along it at all: covariance times text. How far is the one thing that photos have to say, by least squares over all
  /// labels; where they say the opposite, means move towards the middle of all.
  ///
  /// - Parameters:
  ///   - means: `[C][D]`.
  ///   - photos: of each label.
  ///   - directions: the target T times each label's text feature, `[C][E]`.
  /// - Returns: `[C][D]`.
  package static func means(
    _ means: [[Double]], photos: [Double], towards directions: [[Double]]
  ) -> [[Double]] {
    guard let columns = means.first?.count, let part = directions.first?.count else { return means }
    let middle = average(means)
    let centre = average(directions)
    var moved = means
    for start in stride(from: 0, to: columns, by: part) {
      var (product, square) = (0.0, 0.0)
      for (mean, direction) in zip(means, directions) {
        for column in 0..<part {
          let along = direction[column] - centre[column]
          product += (mean[start + column] - middle[start + column]) * along
          square += along * along
        }
      }
      let slope = square > 0 ? max(0, product / square) : 0
      for label in means.indices {
        let trust = photos[label] / (photos[label] + photosOfText)
        for column in 0..<part {
          let expected =
            middle[start + column] + slope * (directions[label][column] - centre[column])
          moved[label][start + column] =
            trust * means[label][start + column] + (1 - trust) * expected
        }
      }
    }
    return moved
  }

  /// How many times the spread of one photo about its label's mean a moved mean's own spread is.
  package static func spread(photos: Double) -> Double {
    let total = photos + photosOfText
    return photos / (total * total)
  }

  private static func average(_ rows: [[Double]]) -> [Double] {
    var sum = [Double](repeating: 0, count: rows[0].count)
    for row in rows {
      for column in sum.indices { sum[column] += row[column] / Double(rows.count) }
    }
    return sum
  }
}
