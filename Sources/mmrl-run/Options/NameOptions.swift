import ArgumentParser
import Basics
import Classification
import Inference
import Labelling
import ModelFile

/// Labels by name alone, in place of the model's own.
struct NameOptions: ParsableArguments {
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp(
      "A label by its name, in place of the model's own; may be given several times.",
      valueName: "name"))
  var labels: [String] = []

  @Option(
    help: ArgumentHelp(
      "Their prompt, {} is the name; of several the mean counts (default: the model's own).",
      valueName: "text"))
  var prompt: [String] = []

  func validate() throws {
    if labels.isEmpty, !prompt.isEmpty { throw ValidationError("--prompt is about a --label.") }
    do {
      try LabelEdit.checkApart(labels)
    } catch {
      throw ValidationError("--label: \(error).")
    }
  }
}

extension ClassifyCommand {
  /// The model with the labels that were asked for: its own, or those named.
  func makeClassifier(maximumBatch: Int = 1) throws -> Classifier {
    guard !names.labels.isEmpty else {
      let loaded = try engine.load(model)
      return try Classifier(
        loaded, labels: results.labels, threshold: results.unknown.threshold(of: loaded.manifest),
        maximumBatch: maximumBatch)
    }
    return try ModelOptions.read(ModelLocation.find(named: model.model)) { model in
      let encoder = try LabelEncoder(model, instructionSet: engine.isa, threads: engine.threads)
      let encoded = try encoder.encode(
        names.labels,
        templates: names.prompt.isEmpty ? [LabelEdit(model).template] : names.prompt)
      let alone = LabelEdit.warning(ofLabels: names.labels)
      for warning in encoded.warnings + [alone].compactMap(\.self) { Message.say(warning) }
      return Classifier(
        try Engine(model, instructionSet: engine.isa, threads: engine.threads),
        labels: encoded.labels, texts: encoded.features,
        threshold: try results.unknown.threshold(of: model.manifest), maximumBatch: maximumBatch)
    }
  }
}
