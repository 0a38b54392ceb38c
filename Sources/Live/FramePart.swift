package import Imaging

/// What part of a source's frames is looked at.
package enum FramePart: Sendable, Equatable {
  /// In fractions of the sides.
  case fractions(ImageRegion)
  /// Pixels of frames as they come.
  case pixels(PixelBox)
}

extension Preprocessing {
  /// The short edge that frames need of which a part is looked at, or what the model says where none was asked for; nil for all
  /// that they have: pixels can only be counted in frames that were not made smaller.
  func shortEdge(of part: FramePart?) -> Int? {
    switch part {
    case nil: return wholeShortEdge
    case .fractions(let region):
      var preprocessing = self
      preprocessing.region = region
      return preprocessing.wholeShortEdge
    case .pixels: return nil
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
