internal import Basics
internal import Capture
internal import Live

/// Writes what comes out of a queue to the folder, on a thread of its own.
///
/// Where that fails, it says so once, passes over what comes for a while, and tries again.
struct PictureWriter: ~Copyable {
  private static let quality = 90

  private let folder: SavedFolder
  private let sources: [String]
  private let retryPause: Double
  private let say: @Sendable (String) -> Void
  private var check = PictureCheck()
  /// The last unsure picture of each source.
  private var scenes: [PictureCheck.Scene]
  /// When the next attempt is due; nil while all is well.
  private var nextAttempt: MonotonicTime?
  private var lost = 0
  private var saved = 0

  init(
    _ folder: SavedFolder, sources: [String], retryPause: Double,
    say: @escaping @Sendable (String) -> Void
  ) {
    self.folder = folder
    self.sources = sources
    self.retryPause = retryPause
    self.say = say
    scenes = sources.map { _ in PictureCheck.Scene() }
  }

  /// Writes until the queue has ended; says how many pictures were kept.
  consuming func run(_ queue: SaveQueue) {
    while let moment = queue.next() { write(moment) }
    let passedOver = queue.passedOver + lost
    let counted = Decimal.counted(saved, "picture")
    say("\(counted) kept\(passedOver > 0 ? ", \(passedOver) passed over" : "")")
  }

  private mutating func write(_ moment: SaveQueue.Moment) {
    guard let jpeg = try? moment.frame.frame.content.file(quality: Self.quality) else { return }
    let look = check.look(of: jpeg)
    // An unsure scene that stands still is kept once.
    if moment.reasons == [.unsure], let look,
      check.look(at: look, after: &scenes[moment.source]) == .alike
    {
      return
    }
    if let nextAttempt, .now < nextAttempt {
      lost += moment.count
      return
    }
    let source = sources[moment.source]
    do throws(SystemError) {
      if nextAttempt != nil { try folder.load() }
      for frame in moment.before {
        guard let jpeg = try? frame.frame.content.file(quality: Self.quality) else { continue }
        try folder.keep(jpeg, of: frame, source: source, [.preRoll], look: check.look(of: jpeg))
        saved += 1
      }
      try folder.keep(jpeg, of: moment.frame, source: source, moment.reasons, look: look)
      saved += 1
      if nextAttempt != nil { say("pictures are kept again; \(lost) were passed over") }
      nextAttempt = nil
    } catch {
      lost += 1
      if nextAttempt == nil {
        say(
          "\(error): no pictures are kept now; frames are classified as before, and it is tried again"
        )
      }
      nextAttempt = .now + retryPause
    }
  }
}
