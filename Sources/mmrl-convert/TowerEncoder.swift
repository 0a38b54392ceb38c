import CLIPModel
import FloatMath
import Imaging
import Inference
import ModelFile
import Quantization

/// Either image tower, ready to encode crops.
enum TowerEncoder {
  case float(ImageEncoder, Adapter?, Preprocessing)
  case int8(Session)

  /// The unit features of crops of the tower's input size, at least one.
  func encode(_ crops: [Image]) -> ImageFeatures {
    switch self {
    case .float(let encoder, let adapter, let preprocessing):
      return encoder.encode(crops.flatMap { preprocessing.normalized($0) }, adapter: adapter).unit
    case .int8(let session):
      let batches = stride(from: 0, to: crops.count, by: session.maximumBatch).map { start in
        let batch = crops[start..<min(start + session.maximumBatch, crops.count)]
        return Self.encode(batch.flatMap(\.pixels), batch.count, session)
      }
      return .stacked(batches)
    }
  }

  private static func encode(
    _ bytes: [UInt8], _ count: Int, _ session: Session
  ) -> ImageFeatures {
    session.encode(bytes.span)
    func matrix(_ rows: [[Float]]) -> Matrix {
      Matrix(
        rows: rows.count, columns: session.engine.manifest.geometry.embedDim, rows.flatMap(\.self))
    }
    let representation = (0..<count).compactMap { session.features(of: $0).representation }
    return ImageFeatures(
      classFeatures: matrix((0..<count).map { session.features(of: $0).class }),
      representation: representation.isEmpty ? nil : matrix(representation))
  }

  /// The int8 engine on a model file.
  static func int8(modelAt path: String, threads: Int?) throws -> TowerEncoder {
    let model = try ModelReader.open(path)
    do {
      return .int8(try Engine(model, threads: threads).makeSession(maximumBatch: 8))
    } catch {
      throw ConvertError("\(path): \(error)")
    }
  }

  /// The int8 engine on a model without labels, which is for a moment in a file beside `path` and then in none.
  static func int8(
    _ checkpoint: CLIPCheckpoint, _ clip: FloatCLIP, _ adapter: Adapter?,
    _ calibration: ModelExport.Calibration, beside path: String, threads: Int?
  ) throws -> TowerEncoder {
    let export = ModelExport(checkpoint: checkpoint, clip: clip, adapter: adapter, labels: [])
    let source = Manifest.Provenance.Source(name: checkpoint.path.lastPathComponent, sha256: "")
    var writer = try ModelWriter(path: path)
    _ = try export.write(
      to: &writer, calibration: calibration,
      provenance: Manifest.Provenance(checkpoint: source, toolVersion: Version.text))
    // The engine keeps what it needs in memory; the writer removes the file.
    return try .int8(modelAt: writer.temporaryPath, threads: threads)
  }
}

extension ModelReader {
  /// Opens a model; the error names the file.
  static func open(_ path: String) throws(ConvertError) -> ModelReader {
    do throws(ModelFileError) {
      return try ModelReader(path: path)
    } catch {
      throw ConvertError(error.description(of: path))
    }
  }
}
