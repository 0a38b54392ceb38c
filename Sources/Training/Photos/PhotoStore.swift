import CLIPModel
import FloatMath
public import Imaging

/// Photos in memory, ready to be trained on.
public struct PhotoStore: TrainingPhotos {
  /// The label of each photo.
  public let labels: [Int]
  /// Each photo as the tower sees it when nothing is augmented, `[S, S, 3]`.
  public let crops: [Image]
  private let images: [Image]
  private let preprocessing: Preprocessing

  /// Takes photos that have been decoded, and decodes the others.
  ///
  /// - Parameters:
  ///   - photos: with their labels.
  ///   - read: what has been decoded, as it is to be kept.
  ///   - preprocessing: of the tower.
  ///   - workers: threads that share the work.
  /// - Throws: `ImageFileError` that names the first photo that cannot be read.
  init(
    _ photos: [Photo], _ read: ReadPhotos, preprocessing: Preprocessing, workers: Workers
  ) throws {
    var read = read
    read.read(photos.map(\.path), workers: workers)
    var all: [ReadPhotos.Photo] = []
    for photo in photos { all.append(try read.photo(photo.path)) }
    images = all.map(\.whole)
    crops = all.map(\.crop)
    labels = photos.map(\.label)
    self.preprocessing = preprocessing
  }

  private init(_ whole: PhotoStore, photos: [Int]) {
    labels = photos.map { whole.labels[$0] }
    crops = photos.map { whole.crops[$0] }
    images = photos.map { whole.images[$0] }
    preprocessing = whole.preprocessing
  }

  /// Some of the photos, in this order.
  public func selecting(_ photos: [Int]) -> PhotoStore { PhotoStore(self, photos: photos) }

  /// `crops` with left and right exchanged.
  var mirrored: [Image] {
    crops.map { crop in
      var image = crop
      image.flipHorizontally()
      return image
    }
  }

  /// Width and height of a photo as it is kept.
  public func size(of photo: Int) -> (width: Int, height: Int) {
    (images[photo].width, images[photo].height)
  }

  /// A view of a photo, normalised, `[3, S, S]`.
  public func pixels(of photo: Int, _ view: PhotoView) -> [Float] {
    var cropper = Cropper(preprocessing)
    var result = Image(width: preprocessing.size, height: preprocessing.size)
    let box = PixelBox(top: view.top, left: view.left, height: view.height, width: view.width)
    cropper.crop(images[photo], box: box, flipped: view.flipped, into: &result)
    return preprocessing.normalized(result)
  }
}
