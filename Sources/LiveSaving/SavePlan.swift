/// Which pictures are kept, and how many.
package struct SavePlan: Sendable {
  /// Why a picture is kept.
  package enum Reason: String, Sendable, Codable {
    /// The answer is another one than before.
    case change
    /// The answer is `unknown`, or hardly more probable than another one.
    case unsure
    /// It is time for the next one.
    case every
    /// By chance.
    case random
    /// It came shortly before one that is kept.
    case preRoll = "pre-roll"
  }

  /// What the folder may hold; pictures that look like a newer one of their source make room for new ones, and then the oldest.
  package struct Limits: Sendable, Equatable {
    /// Pictures, those from before a moment too.
    package var pictures = 1000
    /// Bytes of pictures and records.
    package var bytes = 500_000_000

    /// The limits for daily use.
    package init() {}
  }

  /// The score below which an answer is unsure, unless another one is asked for: above it, it leads by 0.2 at least,
  /// since all scores together are one.
  package static let usualBound: Float = 0.6

  /// Whether each change of an answer is kept.
  package var savesChanges = false
  /// The score below which an answer is unsure, and its picture kept; nil for none.
  package var unsureBelow: Float?
  /// Seconds from one picture to the next, whatever they show; nil for none.
  package var period: Double?
  /// The share of the results that is kept by chance; nil for none.
  package var share: Double?
  /// From how many seconds before a change, or an unsure answer, frames are kept, too.
  package var preRoll = 0.0
  /// What the folder may hold.
  package var limits = Limits()
  /// Seconds from one unsure picture of a source to the next.
  package var unsurePause = 10.0
  /// Seconds from a failure to the next attempt.
  package var retryPause = 10.0

  /// Nothing is kept.
  package init() {}
}
