import FloatMath
import Imaging

/// What is known of published CLIPs by their sizes and names, for weights that come without a configuration.
///
/// The facts are those of open_clip's table of pretrained models and of its configurations.
struct PublishedCLIPs {
  /// What was found, and why.
  struct Guess<Value> {
    var value: Value
    var reason: String
  }

  private let geometry: CLIPGeometry
  /// The file's name, then those of folders and configurations around it, in lower case with hyphens.
  private let names: [String]
  private let isOpenCLIPs: Bool

  /// - Parameters:
  ///   - geometry: sizes, from the weights.
  ///   - names: the file's, then others that may say where it is from.
  ///   - layout: what its tensors are called.
  init(_ geometry: CLIPGeometry, names: [String], _ layout: CLIPLayout) {
    self.geometry = geometry
    self.names = names.map { $0.lowercased().replacing("_", with: "-") }
    isOpenCLIPs =
      !layout.isHuggingFace
      && (self.names.first?.hasPrefix("open-clip") ?? false || layout.prefix.contains("module."))
  }

  /// The activation of both towers.
  var activation: Guess<Activation> {
    for name in names {
      if let guess = activation(of: name) { return guess }
    }
    return isOpenCLIPs
      ? Guess(value: .gelu, reason: "open_clip's default")
      : Guess(value: .quickGELU, reason: "OpenAI's")
  }

  private func activation(of name: String) -> Guess<Activation>? {
    func guess(_ activation: Activation, _ what: String) -> Guess<Activation> {
      Guess(value: activation, reason: "as \(what), by its name")
    }
    if name.contains("quickgelu") { return guess(.quickGELU, "its name says") }
    if name.contains("altogether") { return guess(.gelu, "MetaCLIP's Altogether") }
    if name.contains("metaclip") { return guess(.quickGELU, "MetaCLIP's") }
    // The names of MetaCLIP's own files.
    if name.contains(/^(b32|b16|l14|h14|g14)-(400m|fullcc)/) {
      return guess(.quickGELU, "MetaCLIP's")
    }
    if name.contains("dfn") {
      return name.contains("39b") ? guess(.gelu, "DFN's of 39B") : guess(.quickGELU, "DFN's")
    }
    if name.contains("laion400m") || name.contains("laion-400m"), geometry.patchSize == 32 {
      return guess(.quickGELU, "LAION-400M's ViT-B/32")
    }
    if name.contains("laion") { return guess(.gelu, "LAION's") }
    if name.contains("datacomp") || name.contains("commonpool") {
      return guess(.gelu, "DataComp's")
    }
    if name.contains("openai") { return guess(.quickGELU, "OpenAI's") }
    return nil
  }

  /// The attention heads of the image tower: ViT-H, g, bigG and e have wider ones than of 64 columns.
  var imageHeads: Guess<Int> {
    let known = [
      (1280, 32, "ViT-H/14"), (1408, 40, "ViT-g/14"), (1664, 48, "ViT-bigG/14"),
      (1792, 56, "ViT-e/14"),
    ]
    for (width, layers, name) in known
    where geometry.visionWidth == width && geometry.visionLayers == layers {
      return Guess(value: 16, reason: "\(name)'s")
    }
    return Self.heads(of: geometry.visionWidth)
  }

  /// The attention heads of the text tower.
  var textHeads: Guess<Int> { Self.heads(of: geometry.textWidth) }

  private static func heads(of width: Int) -> Guess<Int> {
    Guess(value: max(1, width / 64), reason: "64 columns each")
  }

  /// How images are prepared, where it is not as OpenAI does it.
  var preprocessing: Guess<Preprocessing>? {
    let size = geometry.imageSize
    for name in names {
      if name.contains("dfn5b") {
        return Guess(
          value: Preprocessing(size: size, resize: .square(size)), reason: "as DFN-5B's")
      }
      // Of LAION-2B's, ViT-L/14 alone.
      if name.contains("laion2b"), geometry.visionWidth == 1024, geometry.patchSize == 14 {
        let half: [Float] = [0.5, 0.5, 0.5]
        return Guess(
          value: Preprocessing(size: size, mean: half, std: half),
          reason: "as LAION-2B's ViT-L/14")
      }
    }
    return nil
  }
}
