import Foundation

/// A label of a record of `--format jsonl`, as another program would read it.
public struct JSONLabel: Decodable, Equatable {
  /// The label.
  public var label: String
  /// `known` or `novel`.
  public var set: String
  /// What scored it.
  public var head: String
  /// Among all labels.
  public var score: Float
  /// By the head that scores it.
  public var logit: Float
  /// By the class head; only with `--explain`.
  public var class_logit: Float?
  /// By the representation head; only of known labels, with `--explain`.
  public var representation_logit: Float?
}

/// The answer of a record of `--format jsonl`.
public struct JSONAnswer: Decodable, Equatable {
  /// The label.
  public var label: String
  /// `known` or `novel`.
  public var set: String
  /// What scored it.
  public var head: String
  /// Among all labels.
  public var score: Float
}

/// A line of `--format jsonl` about a frame.
public struct LiveJSON: Decodable {
  /// The camera or stream.
  public var source: String
  /// The number of the frame.
  public var sequence: Int
  /// When it was captured, in words.
  public var time: String
  /// Seconds from the start of a recording; absent otherwise.
  public var position_s: Double?
  /// Milliseconds from there to the record.
  public var age_ms: Double
  /// Frames that passed since the record before.
  public var dropped: Int
  /// Counts by name.
  public var faults: [String: Int]
  /// What was odd, by name; absent when nothing was.
  public var odd: [String: Int]?
  /// Nil where no label fits.
  public var answer: JSONAnswer?
  /// Whether no label fits; absent otherwise.
  public var unknown: Bool?
  /// Where the model can say.
  public var unknown_score: Float?
  /// The best ones.
  public var labels: [JSONLabel]
  /// Milliseconds of the forward pass.
  public var ms: Double

  /// Reads a line.
  public init(_ line: some StringProtocol) throws {
    self = try JSONDecoder().decode(LiveJSON.self, from: Data(line.utf8))
  }
}
