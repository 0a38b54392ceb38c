package import FloatMath

/// How class logits and representation logits become the logits of trained labels (MMRL, arXiv 2503.08497):
/// `alpha · class + (1 - alpha) · representation`.
///
/// Logits are linear in the features, so features may be mixed in place of logits.
package struct Fusion: Sendable {
  /// Weight of the class logits, alpha.
  package let classWeight: Float
  /// Weight of the representation logits.
  package let representationWeight: Float

  /// The scale of logits, in place of a checkpoint's own: the published code takes 100.
  package static let logitScale: Float = 100

  /// The fusion of an alpha.
  package init(alpha: Float) {
    classWeight = alpha
    representationWeight = 1 - alpha
  }

  /// Class rows and representation rows mixed: of features, or of logits.
  package func mixed(_ classRows: Matrix, _ representationRows: Matrix) -> Matrix {
    var mixed = classRows
    mixed.add(representationRows, scale: representationWeight, keeping: classWeight)
    return mixed
  }
}
