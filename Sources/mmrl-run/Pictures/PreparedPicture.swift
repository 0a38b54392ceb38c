import Imaging

/// A picture on its way to the engine.
struct PreparedPicture: Sendable {
  let path: PathName
  let result: Result<Crop, Failure>

  /// What the engine takes, `[S, S, 3]` bytes.
  struct Crop: Sendable {
    var image: Image
    /// What the decoder had to say.
    var warnings: [String]
  }

  /// Why there is no crop, in words.
  struct Failure: Error {
    var reason: String
  }
}

/// Reads, decodes, resizes and crops, keeping its memory between pictures: one for each thread.
struct PicturePreparer: ~Copyable {
  private var decoder = ImageDecoder()
  private var cropper: Cropper

  /// With `fastDecode`, JPEG files are decoded at the smallest scale that leaves twice the crop.
  init(preprocessing: Preprocessing, fastDecode: Bool) {
    cropper = Cropper(preprocessing)
    decoder.fastDecodeShortEdge = fastDecode ? 2 * preprocessing.size : nil
  }

  mutating func prepare(_ entry: Folder.Entry) -> PreparedPicture {
    switch entry {
    case .failure(let path, let error):
      return PreparedPicture(path: path, result: .failure(.init(reason: error.description)))
    case .picture(let path):
      return PreparedPicture(path: path, result: crop(path))
    }
  }

  private mutating func crop(
    _ path: PathName
  ) -> Result<PreparedPicture.Crop, PreparedPicture.Failure> {
    do {
      let bytes = try FileBytes.read(path)
      var crop = Image(width: 1, height: 1)
      let warnings = try decoder.crop(bytes.span.bytes, with: &cropper, into: &crop)
      return .success(.init(image: crop, warnings: warnings))
    } catch {
      return .failure(.init(reason: "\(error)"))
    }
  }
}
