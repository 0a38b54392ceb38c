import ArgumentParser
import FloatMath
import Imaging
import ModelFile
import Quantization
import Training

/// Quantises, writes, checks, and only then puts a model file in its place.
struct ModelMaker {
  var export: ModelExport
  /// The tower that the int8 engine is checked against.
  var float: TowerEncoder
  var provenance: Manifest.Provenance
  var threads: Int?

  /// What to tune the quantisation on, and other pictures to check it with.
  struct Pictures {
    var calibration: ModelExport.Calibration
    var check: [Image]

    /// As many as tell layers' choices apart; more take time and change little.
    private static let limit = 64

    /// Pictures that are there already.
    init(calibration: ModelExport.Calibration, check: [Image]) {
      self.calibration = calibration
      self.check = check
    }

    /// Every other picture of the files and folders for either purpose; synthetic ones if none are named.
    init(_ paths: [String], _ preprocessing: Preprocessing, workers: Workers) throws {
      guard !paths.isEmpty else {
        calibration = .synthetic(size: preprocessing.size)
        check = SyntheticImages.make(16, size: preprocessing.size, seed: 2)
        return
      }
      var files = try PictureFiles(paths)
      files.thin(to: Self.limit)
      let crops = files.crops(preprocessing, workers: workers).map(\.image)
      guard crops.count > 1 else {
        throw ConvertError("--calibration needs at least two readable pictures")
      }
      let even = stride(from: 0, to: crops.count, by: 2).map { crops[$0] }
      calibration = ModelExport.Calibration(source: "photos", crops: even)
      check = stride(from: 1, to: crops.count, by: 2).map { crops[$0] }
    }
  }

  /// Writes a model.
  ///
  /// - Parameters:
  ///   - path: where to; untouched unless the check is passed.
  ///   - pictures: to tune and check with.
  ///   - leastCosine: the bound of the check; nil writes the model whatever comes of it.
  /// - Returns: the check's figures, which are printed too.
  /// - Throws: what keeps the model from being written; `ExitCode.partly` when it failed its check.
  @discardableResult
  func write(
    to path: String, _ pictures: Pictures, leastCosine: Double?
  ) throws -> ModelCheck {
    var writer = try ModelWriter(path: path)
    var manifest = try export.write(
      to: &writer, calibration: pictures.calibration, provenance: provenance)
    let check = try ModelCheck(
      int8: TowerEncoder.int8(modelAt: writer.temporaryPath, threads: threads)
        .encode(pictures.check),
      float: float.encode(pictures.check), ModelReader(path: writer.temporaryPath))
    print(check.table)
    if let leastCosine, !(check.cosine >= leastCosine) {
      Message.say(
        "\(path): not written: int8 features have a mean cosine of "
          + "\(decimal(check.cosine, 4)) to float ones, below \(leastCosine) "
          + "(try --calibration with photos like yours, or --allow-inaccurate)")
      throw ExitCode.partly
    }
    manifest.calibration?.classCosine = Float(check.classFeatures.mean)
    manifest.calibration?.representationCosine = check.representation.map { Float($0.mean) }
    try writer.finish(manifest)
    try writer.commit()
    print("\(path): \(Decimal.grouped(try ModelReader(path: path).fileLength)) bytes")
    return check
  }
}
