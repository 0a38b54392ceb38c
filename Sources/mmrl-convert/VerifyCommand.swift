import ArgumentParser
import CLIPModel
import Checkpoints
import FloatMath
import Imaging
import ModelFile
import Quantization
import Training

/// A model file against the checkpoint that it was made from.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare a model's int8 features with float ones.",
    usage: "mmrl-convert verify <model.mmrl> <checkpoint> [--images <paths> ...] [<options>]",
    discussion: """
      mmrl-convert verify my.mmrl clip/ --images photos/

      Prints mean and lowest cosine of the features, the mean once more with the mean feature taken \
      from both (centred), and for how many pictures the best label is the same. Exit status 1 when \
      a mean is below --least-cosine.
      """)

  @OptionGroup var options: ModelOptions

  @Option(
    help: ArgumentHelp("The adapter that the model was made with.", valueName: "file"))
  var adapter: String?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Pictures to compare on; else synthetic ones.", valueName: "files or folders"))
  var images: [String] = []

  @Option(help: "Mean cosine below which the command fails.")
  var leastCosine = 0.99

  func run() throws {
    let reader = try ModelReader.open(options.model)
    let manifest = reader.manifest
    let (checkpoint, difference) = try options.openCheckpoint(of: manifest)
    if let difference { Message.say(difference) }
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: options.source.workers)
    let preprocessing = checkpoint.preprocessing
    let float = TowerEncoder.float(clip, try loadAdapter(manifest, checkpoint), preprocessing)
    let int8 = try TowerEncoder.int8(modelAt: options.model, threads: options.source.threads)
    guard checkpoint.geometry.embedDim == manifest.geometry.embedDim,
      preprocessing.size == manifest.geometry.imageSize
    else { throw ConvertError("\(options.model): is not of the size of \(checkpoint.path)") }

    var parts: [(int8: ImageFeatures, float: ImageFeatures)] = []
    var unreadable = 0
    func encode(_ crops: [Image]) { parts.append((int8.encode(crops), float.encode(crops))) }
    if images.isEmpty {
      encode(SyntheticImages.make(32, size: preprocessing.size, seed: 3))
    } else {
      let files = try PictureFiles(images)
      unreadable = files.paths.count
      try files.forEachBatch(preprocessing, workers: options.source.workers) { crops in
        unreadable -= crops.count
        encode(crops.map(\.image))
      }
    }
    let check = try ModelCheck(
      int8: .stacked(parts.map(\.int8)), float: .stacked(parts.map(\.float)), reader)
    print(check.table)
    guard check.cosine >= leastCosine else {
      Message.say(
        "\(options.model): mean cosine \(decimal(check.cosine, 4)) is below \(leastCosine)")
      throw ExitCode.partly
    }
    if unreadable > 0 { throw ExitCode.partly }
  }

  /// The adapter with the settings that the model was made with.
  private func loadAdapter(_ manifest: Manifest, _ checkpoint: CLIPCheckpoint) throws -> Adapter? {
    guard manifest.method != .clip else {
      if let adapter {
        throw ConvertError("\(options.model): has no adapter to compare \(adapter) with")
      }
      return nil
    }
    guard let adapter else {
      throw ConvertError("\(options.model): was made with an adapter (name it with --adapter)")
    }
    let tensors = try AdapterTensors(path: adapter)
    try tensors.check(fits: checkpoint, path: adapter)
    guard tensors.geometry.method == AdapterMethod(manifest.method),
      tensors.geometry.layerCount == manifest.representationLayers.count
    else { throw ConvertError("\(options.model): was made with another adapter than \(adapter)") }
    return Adapter(
      tensors,
      settings: AdapterSettings(
        representationLayers: manifest.representationLayers, alpha: manifest.alpha,
        beta: manifest.beta))
  }
}
