public import FloatMath

/// Features of images, `[B, E]` each.
public struct ImageFeatures: Sendable {
  /// The class row's.
  public var classFeatures: Matrix
  /// The token rows'; nil without an adapter.
  public var representation: Matrix?

  /// Puts features together.
  public init(classFeatures: Matrix, representation: Matrix?) {
    self.classFeatures = classFeatures
    self.representation = representation
  }

  /// Every row at unit length.
  public var unit: ImageFeatures {
    ImageFeatures(
      classFeatures: UnitRows(classFeatures).rows,
      representation: representation.map { UnitRows($0).rows })
  }

  /// `[B, E or 2 E]`: class feature, then representation feature.
  public var joined: Matrix {
    guard let representation else { return classFeatures }
    var elements: [Float] = []
    elements.reserveCapacity(2 * representation.count)
    let (a, b) = (classFeatures.elements, representation.elements)
    let columns = classFeatures.columns
    for row in 0..<classFeatures.rows {
      elements += a[row * columns..<(row + 1) * columns]
      elements += b[row * columns..<(row + 1) * columns]
    }
    return Matrix(rows: classFeatures.rows, columns: 2 * columns, elements)
  }

  /// The features of some images, in this order.
  package func selecting(_ images: [Int]) -> Self {
    Self(
      classFeatures: classFeatures.gathering(rows: images),
      representation: representation?.gathering(rows: images))
  }

  /// The features of some images, then those of others.
  ///
  /// - Precondition: there are parts; all have a representation feature, or none has.
  public static func stacked(_ parts: [Self]) -> Self {
    Self(
      classFeatures: Matrix.stacked(parts.map(\.classFeatures)),
      representation: parts[0].representation == nil
        ? nil : Matrix.stacked(parts.compactMap(\.representation)))
  }
}
