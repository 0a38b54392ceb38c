import ArgumentParser
import Basics
import CLIPModel
import FloatMath
import Imaging
import Inference
import Labelling
import ModelFile
import Quantization
import Tokenization

/// A model beside the checkpoint that it was made from, on images.
struct Verification {
  /// The model.
  var model: String
  /// The checkpoint.
  var source: CheckpointSource
  /// The adapter that the model was made with; nil for a model of plain CLIP.
  var adapter: String?
  /// Files and folders of images to compare on; synthetic images if empty.
  var images: [String]
  /// How their files are read.
  var access: ImageAccess
  /// The lowest mean cosine that passes.
  var leastCosine: Double

  /// Compares the features and prints the figures.
  ///
  /// - Throws: when model, checkpoint and adapter do not belong together; `ExitCode.partly` when the check
  ///   failed or some images could not be read.
  func run() throws {
    let opened = try ModelAndCheckpoint(model, source)
    if let difference = opened.difference { Message.say(difference) }
    let geometry = opened.model.manifest.geometry
    var preprocessing = opened.checkpoint.preprocessing
    preprocessing.region = opened.model.manifest.preprocessing.region.flatMap(ImageRegion.init)
    guard opened.checkpoint.geometry.embedDim == geometry.embedDim,
      preprocessing.size == geometry.imageSize
    else { throw ConvertError("\(model): is not of the size of \(opened.checkpoint.path)") }
    let float = TowerEncoder.float(
      try ImageEncoder(checkpoint: opened.checkpoint, workers: source.workers),
      try loadAdapter(opened), preprocessing)
    let int8 = try TowerEncoder.int8(modelAt: model, threads: source.threads)

    var parts: [(int8: ImageFeatures, float: ImageFeatures)] = []
    var unreadable = 0
    func encode(_ crops: [Image]) { parts.append((int8.encode(crops), float.encode(crops))) }
    if images.isEmpty {
      encode(SyntheticImages.make(32, size: preprocessing.size, seed: 3))
    } else {
      let files = try ImageFiles(images, access)
      files.sayWhatIsLeftOut()
      unreadable = files.undecodable.count + files.paths.count
      try files.forEachBatch(preprocessing, workers: source.workers) { crops in
        unreadable -= crops.count
        encode(crops.map(\.image))
      }
    }
    var check = try ModelCheck(
      int8: .stacked(parts.map(\.int8)), float: .stacked(parts.map(\.float)), opened.model)
    check.texts = try ModelCheck.texts(
      of: opened.model, float: floatLabels(opened), threads: source.threads)
    print(check.table(width: Terminal.columnsOfResults))
    guard check.cosine >= leastCosine else {
      Message.say(
        "\(model): the mean cosine \(Decimal.fixed(check.cosine, 4)) is below \(leastCosine)")
      throw ExitCode.partly
    }
    if unreadable > 0 { throw ExitCode.partly }
  }

  /// The model's labels as the float text tower encodes them; none if the model has no text tower.
  private func floatLabels(
    _ opened: ModelAndCheckpoint
  ) throws -> [(set: Manifest.LabelSet, features: Matrix)] {
    guard let tower = opened.model.manifest.text else { return [] }
    let tokenizer = try Tokenizer(of: opened.model, tower)
    let texts = try TextEncoder(checkpoint: opened.checkpoint, workers: source.workers)
    return try opened.model.manifest.labelSets.map { set in
      let prompts = LabelPrompts(
        set.labels, template: set.template, tokenizer: tokenizer, contextLength: tower.contextLength
      )
      let labels = try LabelFeatures(prompts, texts: texts, tokens: TextTokens(opened.model))
      return (set, labels.features)
    }
  }

  /// The adapter with the settings that the model was made with.
  private func loadAdapter(_ opened: ModelAndCheckpoint) throws -> Adapter? {
    let manifest = opened.model.manifest
    guard let method = AdapterMethod(manifest.method) else {
      if let adapter {
        throw ConvertError("\(model): has no adapter to compare \(adapter) with")
      }
      return nil
    }
    guard let adapter else {
      throw ConvertError("\(model): was made with an adapter (name it with --adapter)")
    }
    let tensors = try AdapterTensors(path: adapter)
    try tensors.check(fits: opened.checkpoint, path: adapter)
    guard tensors.geometry.method == method,
      tensors.geometry.layerCount == manifest.representationLayers.count
    else { throw ConvertError("\(model): was made with another adapter than \(adapter)") }
    return Adapter(
      tensors,
      settings: AdapterSettings(
        representationLayers: manifest.representationLayers, alpha: manifest.alpha,
        beta: manifest.beta))
  }
}
