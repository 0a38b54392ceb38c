import CLIPModel
import FloatMath
import Foundation
import Labelling
import ModelFile
import TestSupport
import Testing
import Training

@Suite("Teaching labels by photos")
struct TeachingTests {
  private let embedDim = 32

  /// Photos of labels whose features lie about a direction of their own, each with its mirror image.
  private func photos(
    _ names: [String], _ count: Int, columns: Int = 32, noise: Float = 0.3, seed: UInt64 = 1
  ) -> [Teaching.Photos] {
    var random = SplitMix64(seed: seed)
    return names.enumerated().map { index, name in
      Teaching.Photos(
        label: name,
        views: (0..<count).map { _ in
          let photo = unit((0..<columns).map { ($0 == index ? 1 : 0) + noise * random.normal() })
          return [photo, unit(photo.map { $0 + 0.02 * random.normal() })]
        })
    }
  }

  private func unit(_ values: [Float]) -> [Float] {
    let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return values.map { $0 / length }
  }

  /// Teaches a model and reads it again.
  private func taught(
    _ model: ModelReader, _ photos: [Teaching.Photos], texts: [String: [Float]] = [:]
  ) throws -> (model: ModelReader, taught: TaughtModel) {
    var teaching = try Teaching(model)
    try teaching.add(photos, texts: texts)
    let taught = try TaughtModel(teaching)
    return try withTemporaryDirectory { folder in
      try taught.write(to: folder + "/taught.mmrl")
      return (try ModelReader(path: folder + "/taught.mmrl"), taught)
    }
  }

  /// Logits `[N, C]` of a model's discriminant.
  private func logits(_ model: ModelReader, _ features: [[Float]]) throws -> [[Float]] {
    let weight = try model.floats("labels.known.discriminant.weight")
    let bias = try model.floats("labels.known.discriminant.bias")
    let columns = weight.count / bias.count
    return features.map { feature in
      bias.indices.map { label in
        (0..<columns).reduce(bias[label]) { $0 + weight[label * columns + $1] * feature[$1] }
      }
    }
  }

  /// Logits `[N, C]` of a model's known labels: those of the texts and of the discriminant.
  private func fused(_ model: ModelReader, _ features: [[Float]]) throws -> [[Float]] {
    let texts = try model.floats("labels.known.features")
    let alpha = model.manifest.alpha
    return try zip(features, logits(model, features)).map { feature, logits in
      logits.enumerated().map { label, logit in
        let text = texts[label * embedDim..<(label + 1) * embedDim]
        func cosine(_ part: Int) -> Float {
          zip(text, feature[(part * embedDim)...]).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let isPlain = feature.count == embedDim
        let mixed = isPlain ? cosine(0) : alpha * cosine(0) + (1 - alpha) * cosine(1)
        return 100 * mixed + logit
      }
    }
  }

  @Test("It is the regularised LDA of training, from statistics")
  func sameAsTraining() throws {
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    let names = ["novel 0", "novel 1", "novel 2"]
    var shots = photos(names, 6)
    shots[2].views.removeLast(4)
    let (after, _) = try taught(model, shots)
    let statistics = try #require(after.manifest.statistics)
    #expect(statistics.photos == [6, 6, 2])

    let all = shots.enumerated().flatMap { label, photos in photos.views.map { (label, $0) } }
    let features = all.map { $0.1[0] } + all.map { $0.1[1] }
    let labels = all.map(\.0)
    let projection = Matrix(
      rows: 64, columns: embedDim, try model.floats("visual.head.class"))
    let lda = RegularizedLDA(
      features: Matrix(rows: features.count, columns: embedDim, features.flatMap(\.self)),
      labels: labels + labels, labelCount: 3, views: 2,
      target: RegularizedLDA.Target(projection: projection))
    #expect(abs(statistics.variance / lda.variance - 1) < 1e-5)
    let means = try after.floats("labels.known.means")
    #expect(zip(means, lda.means.elements).allSatisfy { abs($0 - $1) < 1e-5 })
    let factor = try after.floats("statistics.factor")
    #expect(
      zip(factor, lda.factorOfScatter).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })

    // The discriminant is the scaled LDA with the text logits' change of scale in it.
    let texts = try after.floats("labels.known.features")
    let learnt = ShotFeatures(
      features: ImageFeatures(
        classFeatures: Matrix(
          rows: features.count, columns: embedDim, features.flatMap(\.self)), representation: nil),
      labels: labels + labels, texts: Matrix(rows: 3, columns: embedDim, texts),
      target: RegularizedLDA.Target(projection: projection))
    let expected = learnt.discriminant().scaled(by: Float(statistics.discriminantScale)).adding(
      texts: Matrix(rows: 3, columns: embedDim, texts),
      times: Float(statistics.textScale) - 1, alpha: 1)
    let wanted = expected.logits(
      Matrix(rows: features.count, columns: embedDim, features.flatMap(\.self)))
    for (row, found) in try logits(after, features).enumerated() {
      for label in 0..<3 { #expect(abs(found[label] - wanted[row, label]) < 2e-2) }
    }
  }

  /// The scatter of fewer photos than columns has no factor; what rounding makes of one once overflowed for some photos.
  @Test("Fewer photos than columns give the discriminant of training, too")
  func fewPhotos() throws {
    let columns = 256
    let model = try ModelFixture(
      .clip, width: columns, embedDim: columns, knownLabels: 0, novelLabels: 6
    ).reader()
    let projection = Matrix(
      rows: columns, columns: columns, try model.floats("visual.head.class"))
    for seed in 1...12 as ClosedRange<UInt64> {
      var shots = photos((0..<6).map { "novel \($0)" }, 10, columns: columns, seed: seed)
      for (label, count) in [9, 2, 5, 2, 8, 10].enumerated() {
        shots[label].views.removeLast(10 - count)
      }
      let (after, _) = try taught(model, shots)
      let statistics = try #require(after.manifest.statistics)
      let all = shots.enumerated().flatMap { label, photos in photos.views.map { (label, $0) } }
      let features = Matrix(
        rows: 2 * all.count, columns: columns,
        all.flatMap { $0.1[0] } + all.flatMap { $0.1[1] })
      let texts = Matrix(
        rows: 6, columns: columns, try after.floats("labels.known.features"))
      let learnt = ShotFeatures(
        features: ImageFeatures(classFeatures: features, representation: nil),
        labels: all.map(\.0) + all.map(\.0), texts: texts,
        target: RegularizedLDA.Target(projection: projection))
      let expected = learnt.discriminant().scaled(by: Float(statistics.discriminantScale))
        .adding(texts: texts, times: Float(statistics.textScale) - 1, alpha: 1)
      let bias = try after.floats("labels.known.discriminant.bias")
      for (found, wanted) in zip(bias, expected.bias) {
        #expect(abs(found - wanted) < 1e-2 * (1 + abs(wanted)), "seed \(seed)")
      }
    }
  }

  @Test("Photos in two goes give what they give in one, whatever their order")
  func twoGoes() throws {
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    let names = ["novel 0", "novel 1"]
    let shots = photos(names, 8)
    let first = shots.map { Teaching.Photos(label: $0.label, views: Array($0.views[..<3])) }
    let second = shots.reversed().map {
      Teaching.Photos(label: $0.label, views: Array($0.views[3...].reversed()))
    }
    let once = try taught(model, shots).model
    let twice = try taught(taught(model, first).model, second).model
    #expect(once.manifest.statistics?.photos == twice.manifest.statistics?.photos)
    for name in ["labels.known.means", "statistics.factor"] {
      let (a, b) = (try once.floats(name), try twice.floats(name))
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($0)) }, "\(name)")
    }
  }

  @Test("A novel label that gets photos becomes known, a new one joins, the others stay")
  func sets() throws {
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    let text = unit((0..<embedDim).map { Float($0) })
    #expect(try Teaching(model).namesWithoutText(["Novel_1", "saw"]) == ["saw"])
    let (after, result) = try taught(
      model, photos(["Novel_1", "saw"], 5), texts: ["saw": text])
    #expect(after.manifest.labelSet(.known)?.labels == ["novel 1", "saw"])
    #expect(after.manifest.labelSet(.novel)?.labels == ["novel 0", "novel 2"])
    let before = try model.floats("labels.novel.features")
    let known = try after.floats("labels.known.features")
    #expect(Array(known[..<embedDim]) == Array(before[embedDim..<2 * embedDim]))
    #expect(Array(known[embedDim...]) == text)
    #expect(
      try after.floats("labels.novel.features")
        == Array(before[..<embedDim]) + Array(before[(2 * embedDim)...]))
    #expect(after.manifest.answer?.gate != nil)
    #expect(result.heldOut.photos == 10 && result.heldOut.right == 10)
    #expect(result.warnings.isEmpty)
    // What is seen of the weights is as it was.
    #expect(
      after.entry("visual.blocks.0.qkv.weight")?.checksum
        == model.entry("visual.blocks.0.qkv.weight")?.checksum)
  }

  @Test("Labels that the photos tell apart are told apart on others of the same")
  func newPhotos() throws {
    for method in [Manifest.Method.clip, .mmrlPlusPlus] {
      let columns = method == .clip ? embedDim : 2 * embedDim
      let model = try ModelFixture(method, knownLabels: 0, novelLabels: 4).reader()
      let names = (0..<4).map { "novel \($0)" }
      let after = try taught(model, photos(names, 8, columns: columns)).model
      let others = photos(names, 50, columns: columns, seed: 2)
      var right = 0
      for (label, photos) in others.enumerated() {
        let found = try fused(after, photos.views.map { $0[0] })
        right += found.count { row in row.indices.max { row[$0] < row[$1] } == label }
      }
      #expect(right > 140, "\(method): \(right) of 200")
    }
  }

  @Test("Two labels of the same kind of photos are said, a third one is not")
  func photosAlike() throws {
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    var shots = photos(["novel 0", "novel 1"], 20)
    let mixed = shots[0].views
    shots[0].views = mixed.indices.filter { $0 % 2 == 0 }.map { mixed[$0] }
    shots.append(
      Teaching.Photos(
        label: "novel 2", views: mixed.indices.filter { $0 % 2 == 1 }.map { mixed[$0] }))
    let result = try taught(model, shots).taught
    try #require(result.warnings.count == 1)
    #expect(
      result.warnings[0].hasPrefix(
        "these photos hardly tell \"novel 0\" and \"novel 2\" apart: of "))
  }

  @Test("With words, held-out photos give thresholds; a label's only photo is not held out")
  func unknown() throws {
    var fixture = ModelFixture(.clip, knownLabels: 0, novelLabels: 3)
    fixture.manifest.words = ["one", "two", "three"]
    var shots = photos(["novel 0", "novel 1", "novel 2"], 10)
    shots[2].views.removeLast(9)
    let (after, result) = try taught(fixture.reader(), shots)
    let scores = try #require(after.manifest.answer?.unknown?.heldOutKnown)
    #expect(scores.count == 20 && result.heldOut.photos == 20)
    #expect(scores == scores.sorted() && scores.allSatisfy { (0...1).contains($0) })
  }

  @Test(
    "Names that say nothing of their photos leave the scores of other labels as sure as they were")
  func alikeNames() throws {
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    // Almost the same text, and what tells the two apart fits the other's photos.
    func text(_ other: Int) -> [Float] {
      unit((0..<embedDim).map { $0 == 5 ? 1 : $0 == other ? 0.003 : 0 })
    }
    let (after, _) = try taught(
      model, photos(["lamp A", "lamp B"], 5), texts: ["lamp A": text(1), "lamp B": text(0)])
    let scale = try #require(after.manifest.answer?.classScale)
    // Where the photos' word alone counts it is a ten-thousandth.
    #expect((0.5...1.4).contains(scale), "\(scale)")
  }

  @Test("What cannot be taught is said")
  func errors() throws {
    #expect(throws: TeachError.noStatistics) { try Teaching(ModelFixture(.mmrl).reader()) }
    let model = try ModelFixture(.clip, knownLabels: 0, novelLabels: 3).reader()
    var teaching = try Teaching(model)
    #expect(throws: TeachError.oneLabel("novel 0")) {
      try teaching.add(photos(["novel 0"], 3), texts: [:])
    }
    var bad = photos(["novel 0", "novel 1"], 3)
    bad[1].views[2][0][5] = .nan
    var other = try Teaching(model)
    #expect(throws: TeachError.notFinite(label: "novel 1")) { try other.add(bad, texts: [:]) }
  }
}
