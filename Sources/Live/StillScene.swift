package import Imaging

/// Tells a still image from one in which something has changed.
///
/// Means over a grid of 8 x 8 fields forget the sensor's noise and keep a small thing that moves.
package struct StillScene {
  private static let fields = 8
  /// Grey levels by which the mean of a field must differ; noise moves it by less than one.
  private static let threshold = 4

  private var reference: [Int] = []

  /// Nothing seen yet.
  package init() {}

  /// Whether a crop looks like the last one that did not look still.
  package mutating func isStill(_ crop: Image) -> Bool {
    let means = Self.means(crop)
    let isStill =
      reference.count == means.count
      && zip(reference, means).allSatisfy { abs($0 - $1) <= Self.threshold }
    if !isStill { reference = means }
    return isStill
  }

  /// Means of red, green and blue in each field.
  private static func means(_ crop: Image) -> [Int] {
    var sums = [Int](repeating: 0, count: fields * fields * 3)
    var counts = [Int](repeating: 0, count: fields * fields)
    let pixels = crop.pixels.span
    for row in 0..<crop.height {
      for column in 0..<crop.width {
        let field = row * fields / crop.height * fields + column * fields / crop.width
        counts[field] += 1
        for channel in 0..<3 {
          sums[field * 3 + channel] += Int(pixels[(row * crop.width + column) * 3 + channel])
        }
      }
    }
    return sums.indices.map { sums[$0] / max(1, counts[$0 / 3]) }
  }
}
