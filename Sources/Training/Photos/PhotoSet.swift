/// One photo of a few-shot data set.
public struct Photo: Sendable, Hashable {
  /// The file.
  public var path: String
  /// Index into the labels of the set that it belongs to.
  public var label: Int

  /// Makes a photo of the label with this index.
  public init(path: String, label: Int) {
    self.path = path
    self.label = label
  }
}

/// Photos with labels, in the three parts of the published splits.
public struct PhotoSet: Sendable, Equatable {
  /// The names of the labels, as the data set has them ('_' not yet replaced).
  public var labels: [String]
  /// What shots are drawn from.
  public var train: [Photo]
  /// What settings may be chosen on; empty in some data sets.
  public var validation: [Photo]
  /// What figures are measured on, and nothing else.
  public var test: [Photo]

  /// Makes a set of labels and photos.
  ///
  /// - Precondition: each photo's label is an index into `labels`.
  public init(labels: [String], train: [Photo], validation: [Photo] = [], test: [Photo]) {
    for photo in [train, validation, test].joined() {
      precondition(labels.indices.contains(photo.label), "a photo's label has a name")
    }
    self.labels = labels
    self.train = train
    self.validation = validation
    self.test = test
  }
}
