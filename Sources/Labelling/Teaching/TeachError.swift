/// Why a model cannot be taught by photos.
package enum TeachError: Error, Equatable, CustomStringConvertible {
  /// It was trained, but keeps nothing of its photos.
  case noStatistics
  /// All photos together show one label: there is nothing to tell it from.
  case oneLabel(String)
  /// A photo's feature is no number.
  case notFinite(label: String)

  /// One line for a person.
  package var description: String {
    switch self {
    case .noStatistics:
      "the model's known labels were not learnt with a discriminant, so that no photo can be added to them (train it with mmrl-convert --train, or teach a model of labels by name)"
    case .oneLabel(let label):
      "photos of \"\(label)\" alone: a label is learnt by telling it from another (give photos of a second one)"
    case .notFinite(let label):
      "a photo of \"\(label)\" has a feature that is not a finite number"
    }
  }
}
