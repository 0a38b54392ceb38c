public import Imaging
public import ModelFile

extension ImageRegion {
  /// The part that a model file says; nil where it is none, which no reader lets pass.
  public init?(_ stored: Manifest.Preprocessing.Region) {
    self.init(x: stored.x, y: stored.y, width: stored.width, height: stored.height)
  }
}
