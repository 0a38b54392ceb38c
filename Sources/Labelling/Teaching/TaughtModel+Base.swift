package import ModelFile

extension TaughtModel {
  /// Whether a model may be what a base model was taught: both make the same features of images and texts, and only their
  /// labels differ.
  package static func mayBe(_ model: ModelReader, of base: ModelReader) -> Bool {
    model.manifest.preprocessing == base.manifest.preprocessing
      && model.hasTensors(of: base) { name in
        !name.hasPrefix("labels.") && !name.hasPrefix("statistics.")
      }
  }
}
