internal import Basics
internal import Classification
internal import Imaging
internal import Inference
internal import Labelling
internal import ModelFile

/// A model that is ready to say what pictures show: the same answers as `mmrl-run`'s, bit for bit.
///
/// May be used from any number of threads at once. A picture, or a few, are answered by all of the model's threads together,
/// one call at a time; where there are as many pictures as threads or more, each thread takes pictures from file to answer by
/// itself. A process that forks must open its model afterwards: threads do not come along.
public final class Model: Sendable {
  /// A label, and whether it was learnt from photos.
  public struct Label: Sendable, Equatable {
    /// The name.
    public let name: String
    /// Known or novel.
    public let set: LabelSet
  }

  /// The labels, known ones before novel ones.
  public let labels: [Label]
  /// Numbers of a feature.
  public let featureCount: Int
  /// What is to be said of the labels that ``Options/labels`` named, a line each.
  public let warnings: [String]

  let path: String
  let file: ModelReader
  let engine: Engine
  let options: Options
  /// How pictures become crops.
  let preprocessing: Preprocessing
  /// What a pass of all threads is made by.
  let shared: Monitor<Classifier>
  /// Workers that have nothing to do, no more than threads.
  let idle = Monitor<[Worker]>([])

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - path: its file.
  ///   - options: how it is used.
  /// - Throws: ``MMRLError``: what is wrong with the file or with the options.
  public init(path: String, options: Options = Options()) throws(MMRLError) {
    do {
      let file = try ModelReader(path: path)
      let engine = try Engine(file, threads: options.threads)
      let threshold = try options.threshold(of: file.manifest)
      let classifier: Classifier
      if options.labels.isEmpty {
        classifier = try Classifier(engine, threshold: threshold)
        warnings = []
      } else {
        let named = try NamedLabels(options.labels, file, threads: options.threads)
        classifier = Classifier(
          engine, labels: named.labels, texts: named.features, threshold: threshold)
        warnings = named.warnings
      }
      labels = classifier.sets.flatMap { set in
        set.labels.map { Label(name: $0, set: LabelSet(set.kind)) }
      }
      featureCount = file.manifest.geometry.embedDim
      preprocessing = classifier.preprocessing
      self.path = path
      self.file = file
      self.engine = engine
      self.options = options
      shared = Monitor(classifier)
    } catch {
      throw MMRLError(error, model: path)
    }
  }

  /// What a picture shows.
  ///
  /// - Parameters:
  ///   - picture: the picture.
  ///   - top: how many labels the answer has at most, best first; at least 1.
  /// - Returns: the answer.
  /// - Throws: ``MMRLError``: why the picture cannot be read.
  public func classify(_ picture: Picture, top: Int = 5) throws(MMRLError) -> Answer {
    try classify([picture], top: top)[0].get()
  }

  /// What each of some pictures shows.
  ///
  /// - Parameters:
  ///   - pictures: any number of them.
  ///   - top: how many labels an answer has at most, best first; at least 1.
  /// - Returns: an answer for each, in their order, or why it cannot be read.
  /// - Throws: ``MMRLError`` when `top` is less than 1.
  public func classify(
    _ pictures: [Picture], top: Int = 5
  ) throws(MMRLError) -> [Result<Answer, MMRLError>] {
    guard top >= 1 else {
      throw .argument("\(top) labels: an answer has at least 1")
    }
    var style = RecordStyle()
    style.top = top
    return each(of: pictures) { [style] classifier, crop in
      let (scores, milliseconds) = classifier.scores(of: [crop.image])
      return Answer(
        Record.Labels(
          scores[0], style, milliseconds: milliseconds, warnings: crop.warnings))
    }
  }

  /// The class features of pictures: what the image encoder makes of each, of unit length.
  ///
  /// The cosine of two pictures' features says how alike they are.
  ///
  /// - Parameter pictures: any number of them.
  /// - Returns: for each, in their order, ``featureCount`` numbers, or why it cannot be read.
  public func features(of pictures: [Picture]) -> [Result<[Float], MMRLError>] {
    each(of: pictures) { classifier, crop in classifier.classFeatures(of: [crop.image])[0] }
  }
}

extension Options {
  /// When no label fits.
  fileprivate func threshold(of model: Manifest) throws -> UnknownThreshold {
    guard let rate = unknownRate else { return try UnknownThreshold(rate: nil, of: model) }
    guard rate >= 0, rate < 1 else {
      throw MMRLError.argument("an unknown rate of \(rate): it is at least 0 and below 1")
    }
    return rate == 0 ? .none : try UnknownThreshold(rate: rate, of: model)
  }
}

/// Labels by name alone.
private struct NamedLabels {
  let labels: [String]
  let features: [[Float]]
  let warnings: [String]

  init(_ names: [String], _ file: ModelReader, threads: Int?) throws {
    try LabelEdit.checkApart(names)
    let encoded = try LabelEncoder(file, threads: threads)
      .encode(names, templates: [LabelEdit(file).template])
    labels = encoded.labels
    features = encoded.features
    warnings = encoded.warnings + [LabelEdit.warning(ofLabels: names)].compactMap(\.self)
  }
}
