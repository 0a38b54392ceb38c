import CLIPModel
import Imaging

/// A model to write, and what is known about it before it is made.
struct ModelOutput: Sendable {
  /// Where it will be.
  var path: String
  /// The prompt; nil takes the adapter's, the data set's or CLIP's own.
  var template: String?
  /// A text file of the terms of use, for the model to carry.
  var licence: String?
  /// The part of images that the model looks at; nil for the whole.
  var region: ImageRegion?
  /// Whether the model carries the text tower.
  var withText = false
  /// The lowest mean cosine of int8 features to float ones; nil writes the model whatever it is.
  var leastCosine: Double?

  /// The terms of use.
  func readLicence() throws -> String? { try licence.map(TextFile.read) }
}
