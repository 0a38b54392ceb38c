internal import Imaging
internal import Inference
internal import ModelFile

extension Preprocessing {
  /// What a model file says of preprocessing.
  init(_ stored: Manifest.Preprocessing) {
    let edge = stored.resize?.edge ?? stored.size
    self.init(
      size: stored.size, mean: stored.mean, std: stored.std,
      resize: stored.resize?.mode == .square ? .square(edge) : .shortEdge(edge))
    region = stored.region.flatMap(ImageRegion.init)
  }
}
