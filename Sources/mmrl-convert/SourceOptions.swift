import ArgumentParser
import CLIPModel
import FloatMath
import FoundationEssentials
import ModelFile

/// The CLIP to start from, and how to read it.
struct SourceOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "A CLIP: OpenAI's .pt, torch.save, safetensors, or a Hugging Face or open_clip folder.",
      valueName: "checkpoint"))
  var checkpoint: String

  @Option(
    help: ArgumentHelp(
      "The tokenizer's vocabulary, when it is not beside the checkpoint: merges file, tokenizer.json, vocab.json.",
      valueName: "file"))
  var vocab: String?

  @Flag(
    name: .customLong("fp16-rounding"),
    help: "Round matrices to fp16 first, as the published MMRL code does.")
  var roundsToHalf = false

  @Option(help: "Threads; as many as there are cores when not given.")
  var threads: Int?

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads takes 1 to 256.")
    }
  }

  var workers: Workers { Workers(count: threads) }

  func openCheckpoint() throws -> CLIPCheckpoint {
    try CLIPCheckpoint(path: checkpoint, roundsToHalf: roundsToHalf)
  }
}

/// An adapter trained before, and the settings that published ones do not carry.
struct AdapterOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "An MMRL or MMRL++ adapter: model.pth.tar-N of the published trainers, or ours.",
      valueName: "file"))
  var adapter: String?

  @Option(help: "What the adapter must be: mmrl or mmrl++. Found in the file when not given.")
  var method: AdapterMethod?

  @Option(
    help: ArgumentHelp(
      "Representation layers, counted from 1; else the adapter's, else the papers'.",
      valueName: "6,7,8,..."))
  var layers: LayerList?

  @Option(help: "Weight of the class head in the fusion; else the adapter's, else 0.7.")
  var alpha: Float?

  @Option(
    help: "MMRL++: share of new tokens at later layers; else the adapter's, else 0.9.")
  var beta: Float?

  func validate() throws {
    for (name, value) in [("--alpha", alpha), ("--beta", beta)] {
      if let value, !(0...1).contains(value) { throw ValidationError("\(name) takes 0 to 1.") }
    }
    guard adapter == nil else { return }
    if method != nil || layers != nil || alpha != nil || beta != nil {
      throw ValidationError("--method, --layers, --alpha and --beta belong to --adapter.")
    }
  }

  /// Reads the adapter and settles its settings; nil when none is named.
  func load(for checkpoint: CLIPCheckpoint) throws -> (adapter: Adapter, template: String?)? {
    guard let path = adapter else { return nil }
    let tensors = try AdapterTensors(path: path)
    try tensors.check(fits: checkpoint, path: path)
    let sizes = tensors.geometry
    if let method, method != sizes.method {
      throw ConvertError("\(path): is an \(sizes.method.rawValue) adapter, not \(method.rawValue)")
    }
    let stored = tensors.settings
    let layers =
      self.layers?.numbers ?? stored?.representationLayers
      ?? AdapterSettings.defaultLayers(checkpoint.geometry)
    let last = min(checkpoint.geometry.visionLayers, checkpoint.geometry.textLayers)
    guard layers.count == sizes.layerCount else {
      throw ConvertError(
        "\(path): has tokens for \(sizes.layerCount) layers, not for \(layers.count) "
          + "(name them with --layers)")
    }
    guard layers.allSatisfy({ (1...last).contains($0) }) else {
      throw ConvertError(
        "\(path): layers \(layers.map(String.init).joined(separator: ",")) are not within "
          + "1...\(last), the layers that both towers of \(checkpoint.path) have")
    }
    let beta = self.beta ?? stored?.beta ?? 0.9
    return (
      Adapter(
        tensors,
        settings: AdapterSettings(
          representationLayers: layers, alpha: alpha ?? stored?.alpha ?? 0.7,
          beta: sizes.method == .mmrl ? 1 : beta, template: stored?.template)),
      stored?.template
    )
  }
}

/// Ascending numbers from 1, written `6,7,8`.
struct LayerList: ExpressibleByArgument {
  let numbers: [Int]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 > 0 }),
      zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    self.numbers = numbers
  }
}

extension AdapterMethod: ExpressibleByArgument {}

extension String {
  /// What follows the last slash.
  var lastPathComponent: String {
    split(separator: "/").last.map(String.init) ?? self
  }
}
