package import Imaging
package import Inference
internal import ModelFile

/// Features of photos to learn from: of each photo and of its mirror image.
///
/// Not for use from several threads at once; its passes are shared by all of the engine's threads.
package final class PhotoEncoder {
  private let session: Session
  private var preparer: ImagePreparer

  /// An encoder of a model.
  package init(_ engine: Engine, _ reading: ImageReading = ImageReading()) {
    session = engine.makeSession(maximumBatch: 2)
    preparer = ImagePreparer(
      Preprocessing(engine.manifest.preprocessing), reading)
  }

  /// The features of a photo and of its mirror image, class then representation if the model has one.
  ///
  /// - Throws: ``UnreadablePhoto``.
  package func views(of photo: ImageEntry) throws(UnreadablePhoto) -> [[Float]] {
    let prepared = preparer.prepare(photo)
    switch prepared.result {
    case .failure(let failure):
      throw UnreadablePhoto(path: prepared.path, reason: failure.reason)
    case .success(let crop): return views(of: crop.image)
    }
  }

  /// The same of a photo's crop, as the engine takes it.
  package func views(of crop: Image) -> [[Float]] {
    var mirrored = crop
    mirrored.flipHorizontally()
    session.encode((crop.pixels + mirrored.pixels).span)
    return (0..<2).map { view in
      let (own, representation) = session.features(of: view)
      return own + (representation ?? [])
    }
  }
}

/// A photo that cannot be learnt from.
package struct UnreadablePhoto: Error, Equatable, CustomStringConvertible {
  /// Its file.
  package var path: String
  /// Why, in words.
  package var reason: String

  /// One line for a person.
  package var description: String { "\(path): \(reason)" }
}
