import Basics
import CKernels
public import ModelFile

/// A label set's text features, and the known labels' discriminant if there is one.
struct LabelFeatures: Sendable {
  let kind: Manifest.LabelSet.Kind
  let count: Int
  /// `[C, E]`.
  let features: [Float]
  /// `[C, E or 2 E]` and `[C]`.
  let discriminant: (weight: [Float], bias: [Float])?

  static func all(of model: ModelReader) throws(InferenceError) -> [LabelFeatures] {
    var list: [LabelFeatures] = []
    do throws(ModelFileError) {
      for set in model.manifest.labelSets {
        let prefix = "labels.\(set.kind.rawValue)."
        var discriminant: (weight: [Float], bias: [Float])?
        if model.entry(prefix + "discriminant.weight") != nil {
          discriminant = (
            try model.floats(prefix + "discriminant.weight"),
            try model.floats(prefix + "discriminant.bias")
          )
        }
        list.append(
          LabelFeatures(
            kind: set.kind, count: set.labels.count,
            features: try model.floats(prefix + "features"), discriminant: discriminant))
      }
    } catch {
      throw .model(error)
    }
    return list
  }
}

extension Engine {
  /// Unit text features of a set's labels, `[C, E]`; empty where the model has no such set.
  public func texts(_ kind: Manifest.LabelSet.Kind) -> [Float] {
    labels.first { $0.kind == kind }?.features ?? []
  }

  /// Whether a set's labels are scored by fusion of both features, or by the class feature alone.
  public func scoresByFusion(_ kind: Manifest.LabelSet.Kind) -> Bool {
    kind == .known && manifest.method != .clip
  }
}

extension Session {
  /// The logits of an image of the last batch against a label set, in the order of its labels.
  ///
  /// Known labels are scored by fusion of both features (and the discriminant, if the model has
  /// one), novel labels by the class feature alone: 100 times the cosine.
  ///
  /// - Precondition: the batch has the image, the model the set; `logits` has an element for each of its labels.
  public func logits(
    of image: Int, _ kind: Manifest.LabelSet.Kind, into logits: inout MutableSpan<Float>
  ) {
    guard let labels = engine.labels.first(where: { $0.kind == kind }) else {
      preconditionFailure("the model has no \(kind.rawValue) labels")
    }
    precondition(logits.count == labels.count, "\(logits.count) logits for \(labels.count) labels")
    let count = engine.manifest.geometry.embedDim
    let classFeature = unsafe feature(image, part: 0)
    let representation = unsafe feature(image, part: 1)
    let isAdapted = engine.manifest.method != .clip
    let isFused = engine.scoresByFusion(kind)
    let mixed = unsafe fusion.base
    let alpha = engine.manifest.alpha
    for index in 0..<count {
      unsafe mixed[index] =
        isFused
        ? alpha * classFeature[index] + (1 - alpha) * representation[index] : classFeature[index]
    }
    let dot = unsafe engine.kernels.table.pointee.dot
    unsafe labels.features.withUnsafeBufferPointer { texts in
      guard let texts = texts.baseAddress else { return }
      for label in 0..<labels.count {
        logits[label] = unsafe 100 * dot(mixed, texts + label * count, count)
      }
    }
    guard let discriminant = labels.discriminant else { return }
    let inputs = isAdapted ? 2 * count : count
    unsafe discriminant.weight.withUnsafeBufferPointer { weights in
      guard let weights = weights.baseAddress else { return }
      for label in 0..<labels.count {
        let row = unsafe weights + label * inputs
        var term = unsafe dot(classFeature, row, count)
        if isAdapted { term += unsafe dot(representation, row + count, count) }
        logits[label] += term + discriminant.bias[label]
      }
    }
  }

  /// The logits of an image of the last batch by the class head alone: 100 times the cosine.
  ///
  /// - Parameters:
  ///   - image: its place in the batch.
  ///   - texts: unit text features, `[C, E]`.
  /// - Returns: `[C]`.
  /// - Precondition: the batch has the image.
  public func classLogits(of image: Int, texts: [Float]) -> [Float] {
    logits(ofPart: 0, image, texts: texts)
  }

  /// The logits of an image of the last batch by the representation head alone: 100 times the cosine.
  ///
  /// - Parameters:
  ///   - image: its place in the batch.
  ///   - texts: unit text features, `[C, E]`.
  /// - Returns: `[C]`; nil of a model without an adapter, which has no representation.
  /// - Precondition: the batch has the image.
  public func representationLogits(of image: Int, texts: [Float]) -> [Float]? {
    engine.manifest.method == .clip ? nil : logits(ofPart: 1, image, texts: texts)
  }

  private func logits(ofPart part: Int, _ image: Int, texts: [Float]) -> [Float] {
    let count = engine.manifest.geometry.embedDim
    let feature = unsafe feature(image, part: part)
    let dot = unsafe engine.kernels.table.pointee.dot
    return unsafe texts.withUnsafeBufferPointer { texts -> [Float] in
      guard let rows = texts.baseAddress else { return [] }
      return (0..<texts.count / count).map { row in
        unsafe 100 * dot(feature, rows + row * count, count)
      }
    }
  }

  /// The logits of an image of the last batch against a label set.
  public func logits(of image: Int, _ kind: Manifest.LabelSet.Kind) -> [Float] {
    let count = engine.manifest.labelSet(kind)?.labels.count ?? 0
    var values = [Float](repeating: 0, count: count)
    var span = values.mutableSpan
    logits(of: image, kind, into: &span)
    return values
  }

  /// Turns logits into scores: their softmax, in place.
  public static func softmax(_ logits: inout MutableSpan<Float>) {
    unsafe logits.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      unsafe ck_softmax(base, values.count)
    }
  }
}
