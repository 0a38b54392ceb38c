import FloatMath
import Imaging
import Inference
import ModelFile
import Training

/// Unit features of pictures, `[N, E]`, by either engine.
struct TowerFeatures {
  var classFeatures: [Float] = []
  /// Empty without an adapter.
  var representation: [Float] = []

  mutating func append(_ other: TowerFeatures) {
    classFeatures += other.classFeatures
    representation += other.representation
  }
}

/// Either image tower, ready to encode crops.
enum TowerEncoder {
  case float(FloatCLIP, Adapter?, Preprocessing)
  case int8(Session)

  /// The features of crops of the tower's input size.
  func encode(_ crops: [Image]) -> TowerFeatures {
    switch self {
    case .float(let clip, let adapter, let preprocessing):
      let features = clip.encodeImages(
        crops.flatMap { preprocessing.normalized($0) }, adapter: adapter
      ).unit
      return TowerFeatures(
        classFeatures: features.classFeatures.elements,
        representation: features.representation?.elements ?? [])
    case .int8(let session):
      var features = TowerFeatures()
      for start in stride(from: 0, to: crops.count, by: session.maximumBatch) {
        let batch = crops[start..<min(start + session.maximumBatch, crops.count)]
        features.append(Self.encode(batch.flatMap(\.pixels), batch.count, session))
      }
      return features
    }
  }

  private static func encode(_ bytes: [UInt8], _ count: Int, _ session: Session) -> TowerFeatures {
    let span = bytes.span
    session.encode(span)
    var features = TowerFeatures()
    for image in 0..<count {
      features.classFeatures += session.classFeature(of: image)
      features.representation += session.representationFeature(of: image) ?? []
    }
    return features
  }

  /// The int8 engine on a model file.
  static func int8(modelAt path: String, threads: Int?) throws -> TowerEncoder {
    do {
      let engine = try Engine(ModelReader(path: path), threads: threads)
      return .int8(engine.makeSession(maximumBatch: 8))
    } catch {
      throw ConvertError("\(path): \(error)")
    }
  }
}
