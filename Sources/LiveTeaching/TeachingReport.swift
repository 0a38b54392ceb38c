internal import Basics
internal import Classification
internal import Synchronization
internal import Tokenization

/// How things are, as JSON.
struct TeachingReport: Encodable {
  struct Label: Encodable {
    var label: String
    var photos: Int
    /// Whether it is the name for what shows none of the labels.
    var isNone: Bool
  }

  struct Collecting: Encodable {
    var label: String
    var wanted: Int
    var taken: Int
    var alike: Int
    var damaged: Int
    /// Why it has ended; absent while it goes on.
    var ending: String?

    init(_ collection: Collection) {
      label = collection.label
      wanted = collection.wanted
      taken = collection.taken
      alike = collection.alike
      damaged = collection.damaged
      ending = collection.ending
    }
  }

  struct Progress: Encodable {
    var done: Int
    var total: Int
  }

  var folder: String
  var labels: [Label]
  /// What is odd in the folder.
  var problems: [String]
  /// The most photos of a label.
  var photosOfLabel: Int
  var takesNewNames: Bool
  /// The last time that pictures were taken, or are.
  var collecting: Collecting?
  /// Absent while nothing is being learnt.
  var learning: Progress?
  /// What the running model was taught; absent for the model as it is without.
  var lesson: Lesson?
  /// Why the last learning failed; absent where it did not.
  var error: String?
  /// Whether the folder is as it was when it was last learnt.
  var isLearnt: Bool
  /// The file of the taught model; absent where there is none.
  var model: String?
  /// What undoing would undo.
  var undo: String?
  /// Whether there are enough photos for training.
  var isEnoughToTrain: Bool

  /// Photos from which training says how well it does, and labels with so many.
  static let enough = (photos: 5, labels: 2)

  static func isNone(_ label: String) -> Bool { nameInPrompt(label) == ReservedName.none }
}

extension Teacher {
  func report() throws(TeachingError) -> String {
    let (labels, store) = try withStore { store throws(TeachingError) in
      let labels = try store.labels()
      return (
        labels,
        (
          folder: store.folder.text, problems: store.problems, revision: store.revision,
          undo: store.lastChange, limit: store.limits.photosOfLabel
        )
      )
    }
    let enough = TeachingReport.enough
    let trainable = labels.count { label in
      label.photos.count >= enough.photos && !TeachingReport.isNone(label.name)
    }
    let state = state.withLock { $0 }
    return TeachingReport(
      folder: store.folder,
      labels: labels.map { label in
        TeachingReport.Label(
          label: label.name, photos: label.photos.count, isNone: TeachingReport.isNone(label.name))
      },
      problems: store.problems, photosOfLabel: store.limit,
      takesNewNames: learning.takesNewNames(),
      collecting: state.collection.map(TeachingReport.Collecting.init),
      learning: state.learning.map { TeachingReport.Progress(done: $0.done, total: $0.total) },
      lesson: state.lesson, error: state.error, isLearnt: state.learnt == store.revision,
      model: state.lesson == nil ? nil : learning.output, undo: store.undo,
      isEnoughToTrain: trainable >= enough.labels
    ).json
  }
}
