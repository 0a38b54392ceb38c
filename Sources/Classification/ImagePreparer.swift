internal import Basics
package import Imaging

/// How image files are read.
package struct ImageReading: Sendable {
  /// Larger images are refused.
  package var pixelLimit = ImageDecoder.usualPixelLimit
  /// Whether large JPEG files are decoded at a smaller scale, see ``ImageDecoder/fastDecodeShortEdge``: a half to a fifth of
  /// the time, not quite the same pixels.
  package var isScaled = true
  /// What a person can do about an error, for who has options to offer.
  package var remedy: @Sendable (ImageError) -> String? = { _ in nil }

  /// Scaled, up to the usual limit.
  package init() {}

  /// Pixels that scaled decoding leaves of the short edge, for each pixel of the crop's side.
  static let scaledEdge = 2
}

/// An image on its way to the engine.
package struct PreparedImage: Sendable {
  let path: String
  let result: Result<Crop, Failure>

  /// What the engine takes, `[S, S, 3]` bytes.
  package struct Crop: Sendable {
    /// The image.
    package var image: Image
    /// What the decoder had to say.
    package var warnings: [String]
  }

  /// Why there is no crop, in words.
  struct Failure: Error {
    var reason: String
  }
}

/// Reads, decodes, resizes and crops, keeping its memory between images: one for each thread.
package struct ImagePreparer: ~Copyable {
  private var decoder = ImageDecoder()
  private var cropper: Cropper
  private let remedy: @Sendable (ImageError) -> String?

  /// What prepares images for a model.
  package init(_ preprocessing: Preprocessing, _ reading: ImageReading) {
    cropper = Cropper(preprocessing)
    decoder.pixelLimit = reading.pixelLimit
    decoder.fastDecodeShortEdge =
      reading.isScaled ? ImageReading.scaledEdge * preprocessing.wholeShortEdge : nil
    remedy = reading.remedy
  }

  mutating func prepare(_ entry: ImageEntry) -> PreparedImage {
    switch entry {
    case .failure(let path, let error):
      PreparedImage(path: path.text, result: .failure(.init(reason: error)))
    case .image(let path):
      PreparedImage(
        path: path.text, result: crop { () throws(SystemError) in try FileBytes.read(path) })
    case .member(let archive, _, let offset, let count):
      PreparedImage(
        path: entry.path.text,
        result: crop { () throws(SystemError) in
          try FileBytes.read(archive, at: offset, count: count)
        })
    }
  }

  private mutating func crop(
    _ read: () throws(SystemError) -> [UInt8]
  ) -> Result<PreparedImage.Crop, PreparedImage.Failure> {
    let file: [UInt8]
    do {
      file = try PatientReading.attempt(read)
    } catch {
      return .failure(.init(reason: "\(error)"))
    }
    return prepare(file).mapError { .init(reason: $0.reason) }
  }

  /// The same of a file's bytes.
  mutating func prepare(_ file: [UInt8]) -> Result<PreparedImage.Crop, ImageQueue.Fault> {
    prepare(RawSpan(_elements: file.span))
  }

  /// The same of a file's bytes where they lie.
  package mutating func prepare(
    _ file: RawSpan
  ) -> Result<PreparedImage.Crop, ImageQueue.Fault> {
    var crop = Image(width: 1, height: 1)
    do throws(ImageError) {
      let warnings = try decoder.crop(file, with: &cropper, into: &crop)
      return .success(.init(image: crop, warnings: warnings))
    } catch {
      return .failure(fault(error))
    }
  }

  /// The same of pixels where they lie, RGB, `[height, width, 3]` with `stride` bytes from one row to the next.
  ///
  /// - Precondition: as that of `Cropper.crop`.
  package mutating func prepare(
    pixels: Span<UInt8>, stride: Int, width: Int, height: Int
  ) -> Result<PreparedImage.Crop, ImageQueue.Fault> {
    guard height <= decoder.pixelLimit / width else {
      return .failure(
        fault(.tooLarge(width: width, height: height, limit: decoder.pixelLimit)))
    }
    var crop = Image(width: 1, height: 1)
    cropper.crop(pixels, stride: stride, width: width, height: height, into: &crop)
    return .success(.init(image: crop, warnings: []))
  }

  private func fault(_ error: ImageError) -> ImageQueue.Fault {
    .init(error: error, reason: "\(error)\(remedy(error).map { " (\($0))" } ?? "")")
  }
}

extension Classifier {
  /// Classifies a batch; images that could not be read are records too, in their place.
  func records(of images: [PreparedImage], _ style: RecordStyle) -> [Record] {
    let crops = images.compactMap { image in try? image.result.get().image }
    var (scores, milliseconds) = scores(of: crops, explains: style.explains)
    var features = style.hasFeatures ? crops.indices.map(feature(ofImage:))[...] : []
    return images.map { image in
      let outcome: Record.Outcome
      switch image.result {
      case .success(let crop):
        var labels = Record.Labels(
          scores.removeFirst(), style, milliseconds: milliseconds, warnings: crop.warnings)
        labels.feature = features.popFirst()
        outcome = .labels(labels)
      case .failure(let failure):
        outcome = .failure(failure.reason)
      }
      return Record(origin: .file(image.path), outcome: outcome)
    }
  }
}
