import Foundation
import Imaging
import Inference
import ModelFile

/// What decoding at the reduced scale that cameras get changes: of the model's input, of its features and labels.
///
/// Beside it, as a measure, what the camera's moving by one pixel changes.
struct ScaledDecode {
  struct Change {
    var pixels = 0.0
    var worstPixels = 0.0
    var cosine = 0.0
    var worstCosine = 1.0
    var score = 0.0
    var worstScore = 0.0
    var sameLabel = 0
    var frames = 0
  }

  /// What the model makes of a frame.
  struct Seen {
    var crop: [UInt8]
    var feature: [Float]
    /// Of each label set.
    var scores: [[Float]]
  }

  private let frames: CameraFrames
  private let engine: Engine
  private let session: Session
  /// Of the model's input, in pixels.
  let side: Int

  init(model: String, photos: [String]) throws {
    frames = try CameraFrames(photos: photos)
    engine = try Engine(ModelReader(path: model))
    session = engine.makeSession()
    side = engine.manifest.preprocessing.size
  }

  func print() throws {
    Swift.print(
      "input of \(side) pixels; JPEG frames of quality \(CameraFrames.quality), decoded so that \(2 * side) of the short edge are left"
    )
    heads(of: "frames")
    for (width, height) in CameraFrames.sizes {
      var full = ImageDecoder()
      var reduced = ImageDecoder()
      reduced.fastDecodeShortEdge = 2 * side
      var (byScale, byMotion) = (Change(), Change())
      var scale = 1
      try frames.forEach(width: width, height: height) { frame, moved in
        let file = try JPEGEncoder().encode(frame, quality: CameraFrames.quality)
        let exact = try see(file, &full)
        let (fast, decodedWidth) = try seeAndMeasure(file, &reduced)
        scale = width / decodedWidth
        let other = try see(try JPEGEncoder().encode(moved, quality: CameraFrames.quality), &full)
        byScale.add(exact, fast)
        byMotion.add(exact, other)
      }
      line(
        "\(width)x\(height) " + (scale == 1 ? "decoded in full" : "decoded at 1/\(scale)"), byScale)
      line("\(width)x\(height) moved by a pixel", byMotion)
    }
  }

  /// The first line of a table.
  func heads(of what: String) {
    let heads = [what, "input/255", "worst", "cosine", "worst", "score", "worst", "same label"]
    Swift.print(right("", 28) + heads.map { right($0, 11) }.joined())
  }

  func line(_ name: String, _ change: Change) {
    let count = Double(change.frames)
    let values = [
      "\(change.frames)", fixed(change.pixels / count, 2), fixed(change.worstPixels, 2),
      fixed(change.cosine / count, 5), fixed(change.worstCosine, 5), fixed(change.score / count, 4),
      fixed(change.worstScore, 4), "\(fixed(100 * Double(change.sameLabel) / count, 1)) %",
    ]
    Swift.print(
      name.padding(toLength: 28, withPad: " ", startingAt: 0)
        + values.map { right($0, 11) }.joined())
  }

  func see(_ file: [UInt8], _ decoder: inout ImageDecoder) throws -> Seen {
    try seeAndMeasure(file, &decoder).0
  }

  private func seeAndMeasure(_ file: [UInt8], _ decoder: inout ImageDecoder) throws -> (Seen, Int) {
    let image = try decoder.decode(file).image
    let crop = Preprocessing(size: side).crop(image).pixels
    session.encode(crop.span)
    let scores = engine.manifest.labelSets.map { set in
      var scores = session.logits(of: 0, set.kind)
      var span = scores.mutableSpan
      Session.softmax(&span)
      return scores
    }
    return (Seen(crop: crop, feature: session.features(of: 0).class, scores: scores), image.width)
  }
}

extension ScaledDecode.Change {
  /// Adds a pair.
  mutating func add(_ one: ScaledDecode.Seen, _ other: ScaledDecode.Seen) {
    let difference = zip(one.crop, other.crop).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    let mean = Double(difference) / Double(one.crop.count)
    pixels += mean
    worstPixels = max(worstPixels, mean)
    func product(_ a: [Float], _ b: [Float]) -> Double {
      zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let alike =
      product(one.feature, other.feature)
      / (product(one.feature, one.feature) * product(other.feature, other.feature)).squareRoot()
    cosine += alike
    worstCosine = min(worstCosine, alike)
    var largest = 0.0
    var isSame = true
    for (ours, theirs) in zip(one.scores, other.scores) {
      largest = max(largest, zip(ours, theirs).map { Double(abs($0 - $1)) }.max() ?? 0)
      isSame = isSame && best(ours) == best(theirs)
    }
    score += largest
    worstScore = max(worstScore, largest)
    if isSame { sameLabel += 1 }
    frames += 1
  }

  private func best(_ scores: [Float]) -> Int? { scores.indices.max { scores[$0] < scores[$1] } }
}
