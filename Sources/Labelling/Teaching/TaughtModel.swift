internal import Basics
package import ModelFile

/// What follows from the photos that a model was taught: its known labels' discriminant, how it is scaled, what it says
/// of photos that were held out.
package struct TaughtModel {
  /// Photos that were held out once, and those of them that were given their label.
  package let heldOut: (right: Int, photos: Int)
  /// What is to be said of labels that the photos do not tell apart: a line for two.
  package let warnings: [String]
  /// The manifest of the taught model.
  package let manifest: Manifest

  private let teaching: Teaching
  private let fit: PhotoStatistics.Fit
  private let discriminant: (weight: [Float], bias: [Float])

  /// Folds that the taught photos are split into, each to be held out in turn.
  private static let folds = 4

  /// Finds out what follows.
  ///
  /// - Throws: when the model's words cannot be read.
  package init(_ teaching: Teaching) throws(ModelFileError) {
    self.teaching = teaching
    let trial = try Trial(teaching, folds: Self.folds)
    heldOut = trial.right
    warnings = trial.alike.map { pair in
      let names = [pair.labels.0, pair.labels.1].map { "\"\(teaching.known[$0].name)\"" }
      return "these photos hardly tell \(names[0]) and \(names[1]) apart: of \(pair.photos) that "
        + "were held out and taken for one of the two, \(pair.right) were given the right one"
    }
    fit = teaching.statistics.fit(texts: teaching.known.map(\.text))
    discriminant = Self.discriminant(teaching, fit, trial.scales)
    var manifest = teaching.model.manifest
    manifest.labelSets = Self.labelSets(teaching)
    manifest.statistics = Manifest.Statistics(
      photos: teaching.statistics.counts.map { Int($0.rounded()) }, variance: fit.variance,
      discriminantScale: Double(trial.scales.discriminant), textScale: Double(trial.scales.text))
    manifest.answer = Self.answer(teaching, trial, manifest)
    manifest.provenance.scores = [:]
    manifest.provenance.recipe["taught photos"] = "\(teaching.taught.count)"
    self.manifest = manifest
  }

  /// Writes the taught model beside `path` and moves it there.
  ///
  /// - Parameter path: may be that of the model.
  /// - Throws: what reading and writing throw; then `path` is as it was.
  package func write(to path: String) throws(ModelFileError) {
    var writer = try ModelWriter(path: path)
    for tensor in manifest.tensors {
      if let values = values(tensor.name) {
        try writer.add(tensor.name, shape: tensor.shape, values)
      } else if tensor.isRequired || teaching.model.entry(tensor.name) != nil {
        try writer.copy(tensor.name, of: teaching.model)
      }
    }
    try writer.finish(manifest)
    try writer.commit()
  }

  /// What a tensor is now; nil for one that stays.
  private func values(_ tensor: String) -> [Float]? {
    switch tensor {
    case "labels.known.features": teaching.known.flatMap(\.text)
    case "labels.novel.features": teaching.novel.flatMap(\.text)
    case "labels.known.discriminant.weight": discriminant.weight
    case "labels.known.discriminant.bias": discriminant.bias
    case "labels.known.means": teaching.statistics.means.joined().map { Float($0) }
    case "statistics.factor": fit.factor.elements.map { Float($0) }
    default: nil
    }
  }

  private static func labelSets(_ teaching: Teaching) -> [Manifest.LabelSet] {
    let old = teaching.model.manifest
    let template = (old.labelSet(.known) ?? old.labelSets.first)?.template ?? "a photo of a {}."
    return [(Manifest.LabelSet.Kind.known, teaching.known), (.novel, teaching.novel)]
      .filter { !$0.1.isEmpty }
      .map { kind, labels in
        Manifest.LabelSet(
          kind: kind, template: old.labelSet(kind)?.template ?? template,
          labels: labels.map(\.name))
      }
  }

  /// The term that joins the fusion: LDA at its scale, and what the text logits, which the fusion has once, gain or lose.
  private static func discriminant(
    _ teaching: Teaching, _ fit: PhotoStatistics.Fit, _ scales: Scales
  ) -> (weight: [Float], bias: [Float]) {
    let manifest = teaching.model.manifest
    let shares: [Float] = manifest.method == .clip ? [1] : [manifest.alpha, 1 - manifest.alpha]
    var weight: [Float] = []
    for (label, row) in zip(teaching.known, fit.weights) {
      let text = shares.flatMap { share in
        label.text.map { 100 * (scales.text - 1) * share * $0 }
      }
      weight += zip(row, text).map { scales.discriminant * Float($0) + $1 }
    }
    return (weight, fit.biases.map { scales.discriminant * Float($0) })
  }

  /// How logits become one answer: the gate where fitting begins, thresholds from the photos that were held out.
  private static func answer(
    _ teaching: Teaching, _ trial: Trial, _ manifest: Manifest
  ) -> Manifest.Answer {
    let old = teaching.model.manifest.answer
    let labels = teaching.known.count
    let average = teaching.statistics.counts.reduce(0, +) / Double(labels)
    var answer = Manifest.Answer(
      classScale: Double(trial.classScale) * Manifest.Answer.novelSharpness,
      gate: Manifest.Answer.taughtGate(labels: labels, photos: average),
      origin:
        "taught \(Decimal.counted(teaching.taught.count, "photo")), \(Decimal.counted(labels, "label")) learnt in all"
    )
    if manifest.words != nil {
      var unknown = Manifest.Answer.unknownPrior(hasPhotos: true)
      unknown.heldOutKnown = trial.unknownScores.sorted()
      unknown.heldOutNovel = old?.unknown?.heldOutNovel ?? []
      answer.unknown = unknown
    }
    return answer
  }
}

/// The logit scales of texts and discriminant in the fusion of known labels.
struct Scales {
  var text: Float
  var discriminant: Float
}
