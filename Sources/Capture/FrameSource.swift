public import Imaging

/// Where live frames come from: a camera or a stream.
///
/// Used from one thread.
public protocol FrameSource: AnyObject {
  /// What the user calls it.
  var name: String { get }
  /// What went wrong so far.
  var faults: FaultCounts { get }
  /// What was odd about frames that were shown, so far.
  var oddities: OddityCounts { get }
  /// The time from frame to frame, in seconds, if it is known.
  var interval: Double? { get }
  /// For poll: readable when `next` should be called; -1 while only `deadline` counts.
  var descriptor: Int32 { get }
  /// When `next` should be called even though `descriptor` is quiet.
  var deadline: MonotonicTime? { get }
  /// No frame will come any more.
  var hasEnded: Bool { get }
  /// Whether `jpeg` is wanted of frames to come.
  var keepsJPEG: Bool { get set }
  /// The file of the frame last taken, as it came, if that is wanted; empty when the frame was not a JPEG, or one that
  /// lacks the tables which most decoders need.
  var jpeg: [UInt8] { get }
  /// The short edge that is needed for the model's input, in pixels: frames are decoded no larger than serves it; nil for all
  /// that they have.
  var modelEdge: Int? { get set }
  /// Takes the newest valid frame, if there is one, as RGB; keeps the image's memory.
  func next(into image: inout Image) -> FrameInfo?
}

extension FrameSource {
  /// Nothing.
  public var oddities: OddityCounts { OddityCounts() }
}
