package import Imaging

/// What a picture looks like from afar.
///
/// Means over a grid of 8 x 8 fields forget the sensor's noise and keep a small thing that moves.
package struct Look: Sendable, Equatable {
  private static let fields = 8
  /// Grey levels by which the mean of a field must differ; noise moves it by less than one.
  private static let threshold = 4

  /// Of red, green and blue in each field.
  private let means: [UInt8]

  /// Of a picture.
  package init(_ image: Image) {
    let fields = Self.fields
    var sums = [Int](repeating: 0, count: fields * fields * 3)
    var counts = [Int](repeating: 0, count: fields * fields)
    let pixels = image.pixels.span
    for row in 0..<image.height {
      for column in 0..<image.width {
        let field = row * fields / image.height * fields + column * fields / image.width
        counts[field] += 1
        for channel in 0..<3 {
          sums[field * 3 + channel] += Int(pixels[(row * image.width + column) * 3 + channel])
        }
      }
    }
    means = sums.indices.map { UInt8(sums[$0] / max(1, counts[$0 / 3])) }
  }

  /// Whether two pictures look alike.
  package func isLike(_ other: Look) -> Bool {
    zip(means, other.means).allSatisfy { abs(Int($0) - Int($1)) <= Self.threshold }
  }
}

/// Tells a still image from one in which something has changed.
package struct StillScene {
  private var reference: Look?

  /// Nothing seen yet.
  package init() {}

  /// Whether a crop looks like the last one that did not look still.
  package mutating func isStill(_ crop: Image) -> Bool { isStill(Look(crop)) }

  mutating func isStill(_ look: Look) -> Bool {
    if let reference, reference.isLike(look) { return true }
    reference = look
    return false
  }
}
