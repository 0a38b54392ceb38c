import FloatMath
import Glibc

/// A box of a photo that becomes a square input, and whether left and right are exchanged.
public struct PhotoView: Sendable, Equatable {
  /// Pixels above the box.
  public var top: Int
  /// Pixels left of it.
  public var left: Int
  /// Height of the box in pixels.
  public var height: Int
  /// Width of the box in pixels.
  public var width: Int
  /// Whether left and right are exchanged after the crop.
  public var flipped: Bool

  /// A box.
  public init(top: Int, left: Int, height: Int, width: Int, flipped: Bool) {
    self.top = top
    self.left = left
    self.height = height
    self.width = width
    self.flipped = flipped
  }

  /// A box as torchvision's `RandomResizedCrop(scale: (0.5, 1), ratio: (3/4, 4/3))` and `RandomHorizontalFlip` draw it.
  init(ofWidth width: Int, height: Int, random: inout PythonRandom) {
    let area = Double(width * height)
    let (narrow, wide) = (3.0 / 4, 4.0 / 3)
    for _ in 0..<10 {
      let target = area * (0.5 + 0.5 * random.unit())
      let ratio = exp(log(narrow) + (log(wide) - log(narrow)) * random.unit())
      let boxWidth = Int((target * ratio).squareRoot().rounded(.toNearestOrEven))
      let boxHeight = Int((target / ratio).squareRoot().rounded(.toNearestOrEven))
      guard boxWidth > 0, boxHeight > 0, boxWidth <= width, boxHeight <= height else { continue }
      let top = random.below(height - boxHeight + 1)
      let left = random.below(width - boxWidth + 1)
      self.init(
        top: top, left: left, height: boxHeight, width: boxWidth, flipped: random.unit() < 0.5)
      return
    }
    // A very long photo: the largest allowed box from its centre.
    let own = Double(width) / Double(height)
    let boxWidth = own > wide ? Int((Double(height) * wide).rounded(.toNearestOrEven)) : width
    let boxHeight = own < narrow ? Int((Double(width) / narrow).rounded(.toNearestOrEven)) : height
    self.init(
      top: (height - boxHeight) / 2, left: (width - boxWidth) / 2, height: boxHeight,
      width: boxWidth, flipped: random.unit() < 0.5)
  }
}

extension PhotoView {
  /// So many views of each photo, photo by photo, that are drawn once.
  static func fixed(_ count: Int, of photos: some TrainingPhotos, seed: Int) -> [PhotoView] {
    var random = PythonRandom(seed: AdapterTrainer.mix(seed, 0))
    return photos.labels.indices.flatMap { photo in
      let size = photos.size(of: photo)
      return (0..<count).map { _ in
        PhotoView(ofWidth: size.width, height: size.height, random: &random)
      }
    }
  }
}

/// The photos that an adapter is trained on.
public protocol TrainingPhotos: Sendable {
  /// The label of each photo, counted from 0.
  var labels: [Int] { get }
  /// Width and height of a photo in pixels.
  func size(of photo: Int) -> (width: Int, height: Int)
  /// A view of a photo, resized to the tower's input by Pillow's bicubic, normalised, `[3, S, S]`; called on several
  /// threads at once.
  func pixels(of photo: Int, _ view: PhotoView) -> [Float]
}
