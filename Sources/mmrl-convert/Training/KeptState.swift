import Basics
import FoundationEssentials
import Training

/// The state that a training keeps after each epoch, beside the model that it will make.
struct KeptState {
  /// Where the state is.
  let path: String
  /// What has to be the same for a state to be continued.
  let facts: RunFacts
  /// Whether one is to be continued.
  let resumes: Bool

  /// Whether there is a state to go on from.
  var continues: Bool { resumes && isThere }

  private var isThere: Bool { FileManager.default.fileExists(atPath: path) }

  /// What to say when a run is interrupted now, whose state is at `path` once there is one.
  static func textOfInterruption(_ path: String) -> String {
    FileManager.default.fileExists(atPath: path)
      ? "interrupted; the same command with --resume goes on from the last epoch"
      : "interrupted before the first epoch was done: nothing is kept"
  }

  /// Says what is there of an interrupted run, and removes it where it is not to be continued.
  ///
  /// - Throws: when it is another run's, before anything is computed.
  func prepare() throws {
    guard resumes else {
      if isThere {
        Message.say("\(path): left by an interrupted run (--resume continues it); starting afresh")
      }
      return remove()
    }
    guard isThere else {
      return Message.say("\(path): no interrupted run to continue, starting afresh")
    }
    try AdapterTrainer.check(stateAt: path, facts: facts)
  }

  /// Removes what a run that is done, or is not to be continued, has left: the state, and drafts of it that were
  /// being written when a run was killed.
  func remove() {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? "./"
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for file in files where file == name || file.hasPrefix(name + ".partial-") {
      try? FileManager.default.removeItem(atPath: folder + file)
    }
  }
}
