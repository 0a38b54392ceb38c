import ArgumentParser
import Basics
import CLIPModel
import Checkpoints
import Imaging
import Labelling
import ModelFile
import Quantization
import Tokenization

/// A checkpoint and labels, and an adapter if there is one, into a model.
struct Conversion: Sendable {
  /// The CLIP.
  var source: CheckpointSource
  /// The model to write.
  var output: ModelOutput
  /// A text file of the labels that the adapter was trained on; of any, without an adapter.
  var known: String?
  /// A text file of labels that the adapter was not trained on.
  var novel: String?
  /// The adapter; nil makes a model of plain CLIP.
  var adapter: AdapterSource?
  /// Files and folders of images to tune the quantisation on; synthetic images if empty.
  var calibration: [String] = []
  /// How their files are read.
  var access = ImageAccess()

  /// Makes the model and prints how close it is to the float one.
  ///
  /// - Throws: what keeps the model from being made; `ExitCode.partly` when it failed its check, or when some images to tune
  ///   with could not be read.
  func run() throws {
    try OutputPlace.check(output.path)
    var checkpoint = try source.open()
    checkpoint.preprocessing.region = output.region
    let loaded = try adapter?.load(for: checkpoint)
    let tokenizer = try source.tokenizer(for: checkpoint)
    let template = output.template ?? loaded?.template ?? LabelPrompts.defaultTemplate
    let sets = try readLabels()
    let clip = try FloatCLIP(checkpoint: checkpoint, workers: source.workers)
    let tokens = loaded.map { TextTokens($0.adapter) }
    let labels = try sets.map { kind, labels in
      let prompts = LabelPrompts(
        labels, template: template, tokenizer: tokenizer,
        contextLength: checkpoint.geometry.contextLength)
      prompts.sayWhatIsTruncated(contextLength: checkpoint.geometry.contextLength)
      prompts.sayWhatIsAmbiguous()
      return ModelExport.Labels(
        kind, try LabelFeatures(prompts, texts: clip.texts, tokens: tokens))
    }
    if let warning = LabelEdit.warning(ofLabels: sets.flatMap(\.labels)) { Message.say(warning) }
    let preprocessing = checkpoint.preprocessing
    var export = ModelExport(
      checkpoint: checkpoint, clip: clip, adapter: loaded?.adapter, labels: labels)
    export.words = try EverydayWords.features(
      template: template, tokenizer: tokenizer, texts: clip.texts, tokens: tokens)
    export.answer = Manifest.Answer(
      unknown: Manifest.Answer.unknownPrior(hasPhotos: false), origin: "no photos")
    if output.withText { export.text = TextTowerExport(checkpoint, tokenizer) }
    let maker = ModelMaker(
      export: export,
      float: .float(clip.images, loaded?.adapter, preprocessing),
      provenance: try provenance(checkpoint), threads: source.threads)
    let images =
      try calibration.isEmpty
      ? CalibrationImages(syntheticFor: preprocessing)
      : CalibrationImages(calibration, access, preprocessing, workers: source.workers)
    var progress = Progress()
    try maker.write(to: output, images, &progress)
    if images.unreadable > 0 { throw ExitCode.partly }
  }

  /// The labels of the files.
  ///
  /// - Throws: when a file cannot be read, or one label is in both: it would compete with itself.
  private func readLabels() throws -> [(kind: Manifest.LabelSet.Kind, labels: [String])] {
    let learnt = try known.map(LabelFile.read) ?? []
    let named = try novel.map(LabelFile.read) ?? []
    let taken = Set(learnt.map(nameInPrompt))
    if let both = named.first(where: { taken.contains(nameInPrompt($0)) }) {
      throw ConvertError(
        "\(novel ?? ""): \"\(both)\" is in \(known ?? ""), too: a label is known or novel (leave it out of one of them)"
      )
    }
    return [(.known, learnt), (.novel, named)].filter { !$0.1.isEmpty }
  }

  private func provenance(_ checkpoint: CLIPCheckpoint) throws -> Manifest.Provenance {
    Manifest.Provenance(
      checkpoint: Manifest.Provenance.Source(
        name: source.name(of: checkpoint), sha256: checkpoint.file.sha256()),
      adapter: try adapter.map { adapter in
        Manifest.Provenance.Source(
          name: adapter.path.lastPathComponent, sha256: try Checkpoint(path: adapter.path).sha256())
      },
      recipe: ReadingRecipe.entries(of: checkpoint),
      toolVersion: Version.text, licence: try output.readLicence())
  }
}

extension LabelPrompts {
  /// Names labels that lost their ends.
  func sayWhatIsTruncated(contextLength: Int) {
    for label in truncated {
      Message.say(
        "the label \"\(label)\" is longer than the text tower's \(contextLength) tokens: "
          + "its end is left out")
    }
  }
}
