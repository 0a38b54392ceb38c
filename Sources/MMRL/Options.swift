internal import Classification

/// How a model is used.
public struct Options: Sendable {
  /// Threads, 1 to 256; nil for as many as this process may use.
  public var threads: Int?
  /// Labels by name in place of the model's own; the model has to carry its text tower.
  public var labels: [String] = []
  /// What share of the pictures that show a label may be answered `unknown`, at least 0 and below 1.
  ///
  /// 0 always answers a label. Nil is 0.05 where the model has seen photos enough for that, else 0.
  public var unknownRate: Double?
  /// Whether large JPEG files are decoded in full, as `mmrl-run --no-fast-decode` does.
  ///
  /// Otherwise they are decoded at a smaller scale while that leaves twice the model's input, in a half to a fifth of the
  /// time; scores differ no more than by a shift of a pixel.
  public var decodesInFull = false

  /// The usual ones.
  public init() {}

  /// How files are read.
  var reading: ImageReading {
    var reading = ImageReading()
    reading.isScaled = !decodesInFull
    return reading
  }
}
