internal import Basics

/// Which of the images that are found are taken.
package struct ImageSelection: Sendable {
  /// The part of a job that these are; nil for all.
  package var shard: Shard?
  /// Those that an earlier run has classified; nil where there was none.
  package var done: DoneImages?
  /// How many were met and not taken.
  private(set) var passedOver = 0
  /// Why it cannot be told any more which are taken.
  private(set) var failure: SystemError?

  /// All of them.
  package init() {}

  /// Whether an image is taken; they are asked for in their order, each once.
  mutating func takes(_ found: ImageWalk.Found) -> Bool {
    // A place that cannot be looked through is told of in all shards: each may be on another machine.
    if let shard, !found.isOfPlace, !shard.contains(found.relative) {
      passedOver += 1
      return false
    }
    do throws(SystemError) {
      guard try done?.remove(found.entry.path.text) == true else { return true }
      passedOver += 1
    } catch {
      failure = error
    }
    return false
  }
}
