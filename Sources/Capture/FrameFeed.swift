package import Basics

/// Something outside this program that delivers frames for as long as it runs: another program, a server.
package protocol FrameFeed: AnyObject, Sendable {
  /// What it is, for a person.
  var summary: String { get }
  /// What it feeds.
  var layout: FrameSplitter.Layout { get }
  /// Whether it has an end of its own, and all its frames are wanted; else it is live.
  var isRecording: Bool { get }
  /// Begins to feed an intake on a thread of its own, until its end or until the intake should stop; then says how it ended.
  func start(_ intake: FrameIntake) throws(SystemError)
}
