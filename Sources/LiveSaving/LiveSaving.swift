package import Basics
internal import Capture
package import Classification
package import Live

/// A sink that keeps pictures worth a look, with their records.
///
/// The loop's thread decides, and leaves what is kept in a queue; a thread of its own has to do with the disk.
package final class LiveSaving: Sink {
  /// Bytes of frames that are held: those from before a moment, and those on their way to the disk.
  private static let mostBytes = 32 << 20
  /// Seconds for what waits to be written at the end.
  private static let endTime = 10.0
  private static let interruptedTime = 2.0

  private struct Source {
    var rule: SaveRule
    var ring: FrameRing
    /// The frame that is being classified, or was last.
    var newest: SeenFrame?
  }

  private let plan: SavePlan
  private let folder: SavedFolder
  private let names: [String]
  private let say: @Sendable (String) -> Void
  private let queue = SaveQueue(bytes: LiveSaving.mostBytes)
  private let done: WakePipe
  private var sources: [Source]

  /// Nothing is kept yet.
  ///
  /// - Parameters:
  ///   - plan: what is kept.
  ///   - folder: where.
  ///   - sources: what the cameras and streams are called.
  ///   - say: takes messages, on any thread.
  /// - Throws: when the system refuses a pipe.
  package init(
    _ plan: SavePlan, in folder: SavedFolder, sources: [String],
    say: @escaping @Sendable (String) -> Void
  ) throws(SystemError) {
    self.plan = plan
    self.folder = folder
    self.say = say
    names = sources
    done = try WakePipe()
    self.sources = sources.map { _ in
      Source(
        rule: SaveRule(plan),
        ring: FrameRing(seconds: plan.preRoll, bytes: Self.mostBytes / sources.count))
    }
  }

  /// Starts the thread; false when the system refuses one.
  package func start() -> Bool {
    do throws(SystemError) {
      try DetachedThread.start { [folder, names, say, queue, done, plan] in
        PictureWriter(folder, sources: names, retryPause: plan.retryPause, say: say).run(queue)
        done.wake()
      }
      return true
    } catch {
      say("there can be no thread: \(error)")
      return false
    }
  }

  /// Always: what a frame shows is known only once it is classified.
  package func wantsFrames(of source: Int) -> Bool { true }

  /// Holds a frame until it is known what it shows.
  package func show(_ frame: ShownFrame, of source: Int) {
    if let old = sources[source].newest { sources[source].ring.add(old) }
    sources[source].newest = SeenFrame(frame: frame)
  }

  /// Has the picture kept if there is a reason to.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    guard case .frame(let frame) = record.origin, case .labels(let labels) = record.outcome,
      var seen = sources[source].newest, Int(seen.frame.sequence) == frame.sequence
    else { return true }
    seen.record = record
    let reasons = sources[source].rule.reasons(
      for: labels, at: frame.captured, isChange: change != nil)
    guard !reasons.isEmpty else {
      sources[source].newest = seen
      return true
    }
    sources[source].newest = nil
    let wantsBefore = reasons.contains(.change) || reasons.contains(.unsure)
    let before = wantsBefore ? sources[source].ring.take(before: seen.frame.time) : []
    queue.put(.init(source: source, reasons: reasons, frame: seen, before: before))
    return true
  }

  /// Waits a moment for what is on its way to the disk.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    queue.end()
    done.wait(seconds: isInterrupted() ? Self.interruptedTime : Self.endTime)
  }
}
