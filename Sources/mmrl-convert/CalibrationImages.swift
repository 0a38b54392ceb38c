import CLIPModel
import FloatMath
import Imaging
import Quantization

/// What to tune the quantisation on, and other images to check it with.
struct CalibrationImages {
  var calibration: ModelExport.Calibration
  var check: [Image]
  /// Unit features of `check` by the float tower, where they are there already.
  private(set) var float: ImageFeatures?
  /// How many of the images that were wanted could not be read.
  private(set) var unreadable = 0

  /// As many as tell layers' choices apart; more take time and change little.
  private static let limit = 64

  /// Images that are there already.
  init(
    calibration: ModelExport.Calibration, check: [Image], float: ImageFeatures?
  ) {
    self.calibration = calibration
    self.check = check
    self.float = float
  }

  /// Synthetic ones.
  init(syntheticFor preprocessing: Preprocessing) {
    calibration = .synthetic(size: preprocessing.size)
    check = SyntheticImages.make(16, size: preprocessing.size, seed: 2)
  }

  /// Every other image of the files and folders for either purpose.
  ///
  /// - Throws: when fewer than two can be read.
  init(
    _ paths: [String], _ access: ImageAccess, _ preprocessing: Preprocessing, workers: Workers
  ) throws {
    var files = try ImageFiles(paths, access)
    files.sayWhatIsLeftOut()
    files.thin(to: Self.limit)
    let crops = files.crops(preprocessing, workers: workers).map(\.image)
    unreadable = files.undecodable.count + files.paths.count - crops.count
    guard crops.count > 1 else {
      throw ConvertError("--calibration needs at least two images that can be read")
    }
    let even = stride(from: 0, to: crops.count, by: 2).map { crops[$0] }
    calibration = ModelExport.Calibration(source: "photos", crops: even)
    check = stride(from: 1, to: crops.count, by: 2).map { crops[$0] }
  }
}
