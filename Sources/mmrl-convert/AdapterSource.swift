import CLIPModel

/// An adapter on disk, and the settings that published ones do not carry.
struct AdapterSource: Sendable {
  /// The file.
  var path: String
  /// What the adapter must be; nil takes what is there.
  var method: AdapterMethod?
  /// Representation layers, counted from 1; nil takes the file's, else the papers'.
  var layers: [Int]?
  /// Weight of the class head in the fusion; nil takes the file's, else 0.7.
  var alpha: Float?
  /// Share of new tokens at later layers; nil takes the file's, else 0.9.
  var beta: Float?

  /// Reads the adapter and settles its settings.
  ///
  /// - Returns: the adapter, and the prompt that it was trained with where the file says so.
  /// - Throws: when the file is no adapter, or does not fit the checkpoint or the settings.
  func load(for checkpoint: CLIPCheckpoint) throws -> (adapter: Adapter, template: String?) {
    let tensors = try AdapterTensors(path: path)
    try tensors.check(fits: checkpoint, path: path)
    let sizes = tensors.geometry
    if let method, method != sizes.method {
      throw ConvertError("\(path): is an \(sizes.method.rawValue) adapter, not \(method.rawValue)")
    }
    let stored = tensors.settings
    let layers =
      self.layers ?? stored?.representationLayers
      ?? AdapterSettings.defaultLayers(checkpoint.geometry)
    guard layers.count == sizes.layerCount else {
      throw ConvertError(
        "\(path): has tokens for \(sizes.layerCount) layers, not for \(layers.count) "
          + "(name the layers with --layers)")
    }
    let last = min(checkpoint.geometry.visionLayers, checkpoint.geometry.textLayers)
    guard layers.allSatisfy({ (1...last).contains($0) }) else {
      throw ConvertError(
        "\(path): layers \(layers.map(String.init).joined(separator: ",")) are not within "
          + "1...\(last), the layers that both towers of \(checkpoint.path) have")
    }
    let beta = self.beta ?? stored?.beta ?? 0.9
    let settings = AdapterSettings(
      representationLayers: layers, alpha: alpha ?? stored?.alpha ?? 0.7,
      beta: sizes.method == .mmrl ? 1 : beta, template: stored?.template)
    return (Adapter(tensors, settings: settings), stored?.template)
  }
}
