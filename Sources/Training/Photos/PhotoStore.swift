import CLIPModel
public import FloatMath
public import Imaging

/// Photos in memory, ready to be trained on.
public struct PhotoStore: TrainingPhotos {
  /// The label of each photo.
  public let labels: [Int]
  /// Each photo as the tower sees it when nothing is augmented, `[S, S, 3]`.
  public let crops: [Image]
  private let images: [Image]
  private let preprocessing: Preprocessing

  /// Decodes photos.
  ///
  /// - Parameters:
  ///   - photos: with their labels.
  ///   - preprocessing: of the tower.
  ///   - shortEdge: photos with a longer short edge are kept at this size, which bounds the memory; nil keeps every pixel, as
  ///     the published code does.
  ///   - limit: photos of more pixels are refused.
  ///   - workers: threads that share the work.
  /// - Throws: `ImageFileError` that names the first photo that cannot be read.
  public init(
    _ photos: [Photo], preprocessing: Preprocessing, shortEdge: Int? = nil,
    limit: Int = ImageDecoder.usualPixelLimit, workers: Workers
  ) throws {
    let decoded = workers.map(photos.count) { index -> Result<(Image, Image), ImageFileError> in
      Result { () throws(ImageFileError) in
        let path = photos[index].path
        guard let shortEdge else {
          let image = try ImageFile.decode(path, limit: limit)
          return (image, preprocessing.crop(image))
        }
        return try ImageFile.reduce(path, preprocessing, shortEdge: shortEdge, limit: limit)
      }
    }
    let all = try decoded.map { try $0.get() }
    images = all.map(\.0)
    crops = all.map(\.1)
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
