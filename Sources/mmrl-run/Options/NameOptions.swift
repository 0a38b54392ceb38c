import ArgumentParser
import Basics
import Classification
import Inference
import Labelling
import Live
import ModelFile

/// Labels by name alone, in place of the model's own.
struct NameOptions: ParsableArguments {
  @Option(
    name: .customLong("label"),
    help: ArgumentHelp(
      "A label by name, not the model's own; or several.",
      valueName: "name"))
  var labels: [String] = []

  @Option(
    help: ArgumentHelp(
      "Their prompt, {} is the name; several are averaged.",
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
  /// The model with the labels and thresholds that were asked for.
  ///
  /// - Parameters:
  ///   - path: of another model than the one that was named.
  ///   - maximumBatch: the most images of a pass.
  /// - Returns: the classifier.
  /// - Throws: when it lacks a label that an option is about, unless it is to be taught.
  func makeClassifier(of path: String? = nil, maximumBatch: Int = 1) throws -> Classifier {
    let path = try path ?? ModelLocation.find(named: model.model)
    let classifier = try makePlainClassifier(path, maximumBatch: maximumBatch)
    for threshold in results.thresholds {
      do {
        try classifier.setThreshold(threshold.score, ofLabel: threshold.label)
      } catch {
        try complain(UnusableOption(option: "--threshold", reason: error))
      }
    }
    try check(decisions.ignore, of: "--ignore", in: classifier.sets)
    for camera in configuration.cameras {
      try check(camera.decisions.ignore, of: "ignore", in: classifier.sets)
      try check(camera.thresholds.map(\.label), of: "threshold", in: classifier.sets)
      try check(camera.labels, of: "labels", in: classifier.sets)
    }
    return classifier
  }

  private func check(_ names: [String], of option: String, in sets: [LabelSet]) throws {
    for name in names where LabelDecision.Verdict.named([name], in: sets).isEmpty {
      try complain(UnusableOption(option: option, reason: NoSuchLabel(name, in: sets)))
    }
  }

  /// A label that the page can teach, rename and remove may come back: nobody could teach it if the program ended for that.
  private func complain(_ fault: UnusableOption) throws {
    guard server.teach != nil else { throw fault }
    Message.say("\(fault) (so far)")
  }

  /// An option is about a label that the model lacks.
  private struct UnusableOption: Error, CustomStringConvertible {
    var option: String
    var reason: NoSuchLabel

    var description: String { "\(option): \(reason)" }
  }

  /// The model with its own labels, or those named.
  private func makePlainClassifier(_ path: String, maximumBatch: Int) throws -> Classifier {
    guard !names.labels.isEmpty else {
      let loaded = try engine.load(path)
      return try Classifier(
        loaded, labels: results.labels, threshold: results.unknown.threshold(of: loaded.manifest),
        maximumBatch: maximumBatch)
    }
    return try ModelOptions.read(path) { model in
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
