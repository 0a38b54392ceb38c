package import Imaging

/// What part of a source's frames is looked at.
package enum FramePart: Sendable, Equatable {
  /// In fractions of the sides.
  case fractions(ImageRegion)
  /// Pixels of frames as they come.
  case pixels(PixelBox)

  /// The short edge that frames need so that what is looked at has that of the model; pixels can only be counted in frames
  /// that were not made smaller.
  func shortEdge(for preprocessing: Preprocessing) -> Int {
    switch self {
    case .fractions(let region):
      var preprocessing = preprocessing
      preprocessing.region = region
      return preprocessing.wholeShortEdge
    case .pixels: return 1 << 16
    }
  }
}

/// The parts that were asked for.
package struct FrameParts: Sendable, Equatable {
  /// Of sources that ``ofSource`` does not name; nil for what the model says.
  package var usual: FramePart?
  /// By what the user calls the source.
  package var ofSource: [String: FramePart] = [:]

  /// What the model says.
  package init() {}

  /// The part of a source that was asked for.
  func part(of source: String) -> FramePart? { ofSource[source] ?? usual }
}
