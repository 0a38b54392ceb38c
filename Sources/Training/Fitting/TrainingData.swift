/// What an adapter is learnt from: labels, their prompt, and photos of each.
public struct TrainingData: Sendable {
  /// The labels.
  public var labels: [String]
  /// The prompt, in which `{}` stands for the label.
  public var template: String
  /// The shots; their labels are indices of `labels`.
  public var shots: PhotoStore

  /// Puts labels and photos together.
  public init(labels: [String], template: String, shots: PhotoStore) {
    self.labels = labels
    self.template = template
    self.shots = shots
  }
}
