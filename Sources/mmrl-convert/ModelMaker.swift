import ArgumentParser
import Basics
import CLIPModel
import Imaging
import ModelFile
import Quantization

/// Quantises, writes, checks, and only then puts a model file in its place.
struct ModelMaker {
  var export: ModelExport
  /// The tower that the int8 engine is checked against.
  var float: TowerEncoder
  var provenance: Manifest.Provenance
  var threads: Int?

  /// Writes a model.
  ///
  /// - Parameters:
  ///   - output: where to, which is untouched unless the check is passed, and the bound of the check.
  ///   - images: to tune and check with.
  ///   - progress: is told how far it is.
  /// - Returns: the check's figures, which are printed too.
  /// - Throws: what keeps the model from being written; `ExitCode.partly` when it failed its check.
  @discardableResult
  func write(
    to output: ModelOutput, _ images: CalibrationImages, _ progress: inout Progress
  ) throws -> ModelCheck {
    var writer = try ModelWriter(path: output.path)
    var manifest = try export.write(
      to: &writer, calibration: images.calibration, provenance: provenance,
      onProgress: { progress.pass($0.stage.rawValue, $0.done, of: $0.total) })
    let written = try ModelReader(path: writer.temporaryPath)
    let int8 = try TowerEncoder.int8(modelAt: writer.temporaryPath, threads: threads)
    var check = try ModelCheck(
      int8: features(images.check, by: int8, "checking", &progress),
      float: images.float ?? features(images.check, by: float, "checking, float", &progress),
      written)
    check.texts = try ModelCheck.texts(
      of: written, float: export.labels.map { ($0.set, $0.features) }, threads: threads)
    print(check.table(width: Terminal.columnsOfResults))
    if let least = output.leastCosine, !(check.cosine >= least) {
      Message.say(
        "\(output.path): not written: int8 features have a mean cosine of "
          + "\(Decimal.fixed(check.cosine, 4)) to float ones, below \(least) "
          + "(--allow-inaccurate writes it all the same; so may --calibration with images like yours, "
          + "where synthetic ones were used)")
      throw ExitCode.partly
    }
    manifest.calibration?.classCosine = Float(check.classFeatures.mean)
    manifest.calibration?.representationCosine = check.representation.map { Float($0.mean) }
    try writer.finish(manifest)
    try writer.commit()
    print("\(output.path): \(Decimal.grouped(try ModelReader(path: output.path).fileLength)) bytes")
    return check
  }

  /// Features of images, some at a time.
  private func features(
    _ images: [Image], by tower: TowerEncoder, _ stage: String, _ progress: inout Progress
  ) -> ImageFeatures {
    var parts: [ImageFeatures] = []
    for start in stride(from: 0, to: images.count, by: 8) {
      progress.pass(stage, start, of: images.count)
      parts.append(tower.encode(Array(images[start..<min(start + 8, images.count)])))
    }
    progress.pass(stage, images.count, of: images.count)
    return .stacked(parts)
  }
}
