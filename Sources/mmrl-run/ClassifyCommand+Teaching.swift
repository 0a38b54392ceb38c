import Basics
import Classification
import Inference
import Live
import LiveTeaching
import ModelFile

/// What `--teach` begins with: the folder's photos taught to the model before the first frame, so that a restart changes no
/// answer, and a teacher for those that come.
struct TaughtStart {
  let classifier: Classifier
  let teacher: Teacher

  /// Begins to teach.
  ///
  /// - Parameters:
  ///   - command: makes classifiers, with its options.
  ///   - path: of the base model.
  ///   - folder: of photos.
  ///   - install: has what was learnt answer from then on.
  /// - Throws: when the model can never be taught, or the folder not be used.
  init(
    _ command: ClassifyCommand, _ path: String, folder: String,
    _ install: @escaping @Sendable (Classifier) -> Void
  ) throws {
    let store = try PhotoStore(folder: folder)
    let learner = Learner(
      folder: folder, means: command.engine.means(reading: command.files.reading))
    guard
      FileIdentity(PathName(learner.output)) != FileIdentity(PathName(path))
        || FileIdentity(PathName(path)) == nil
    else { throw TaughtItself(path: path) }
    if case .failure(.notAModel) = Self.opened(learner.output) {
      throw ForeignFile(path: learner.output)
    }
    try ModelOptions.read(path) { try learner.look(at: $0, version: Self.version(of: path)) }
    let school = School(command: command, path: path, learner: learner)
    let first: Result<Lesson?, TeachingError>
    do {
      // Photos may have been moved away: what was taught by them stays there until somebody asks to learn.
      if learner.hasNothing {
        (classifier, first) = (try command.makeClassifier(of: path), .success(nil))
      } else {
        let learnt = try school.learn { done, total in
          guard done == 1 else { return }
          Message.say("learning \(Decimal.counted(total, "photo")) of \(folder) first")
        }
        (classifier, first) = (learnt.classifier, .success(learnt.lesson))
      }
    } catch {
      let text = Failure.text(of: error)
      Message.say("the model stays as it is without \(folder): \(text)")
      (classifier, first) = (try command.makeClassifier(of: path), .failure(.init(.conflict, text)))
    }
    let learning = Learning(
      output: learner.output,
      learn: { onPhoto in
        let learnt: (classifier: Classifier, lesson: Lesson?)
        do { learnt = try school.learn(onPhoto) } catch {
          Message.say("the model stays as it was: \(Failure.text(of: error))")
          throw error
        }
        install(learnt.classifier)
        return learnt.lesson
      },
      prepare: {
        try? ModelOptions.read(path) { learner.prepare($0, version: Self.version(of: path)) }
      },
      text: { Failure.text(of: $0) }, refusal: { learner.refusal(ofLabel: $0) },
      takesNewNames: { learner.takesNewNames })
    teacher = try Teacher(
      store, learning, first: first, names: classifier.sets.flatMap(\.labels),
      patience: max(30, 3 * (command.longestInterval ?? 0)))
  }

  private static func opened(_ path: String) -> Result<ModelReader, ModelFileError> {
    Result { () throws(ModelFileError) in try ModelReader(path: path) }
  }

  fileprivate static func version(of path: String) -> FileVersion? {
    FileVersion(of: PathName(path))
  }
}

/// Makes a classifier of what a base model and a folder of photos come to.
private struct School: Sendable {
  let command: ClassifyCommand
  let path: String
  let learner: Learner

  /// Learns; without photos it is the base model as it is.
  func learn(
    _ onPhoto: (_ done: Int, _ total: Int) -> Void
  ) throws -> (classifier: Classifier, lesson: Lesson?) {
    let version = TaughtStart.version(of: path)
    let lesson = try ModelOptions.read(path) {
      try learner.learn($0, version: version, onPhoto: onPhoto)
    }
    let classifier = try command.makeClassifier(of: lesson == nil ? path : learner.output)
    if let lesson {
      let labels = Decimal.counted(lesson.labels.count, "label")
      Message.say(
        "\(learner.output): taught \(Decimal.counted(lesson.photos, "photo")) of \(labels)")
      for warning in lesson.warnings { Message.say(warning) }
    }
    return (classifier, lesson)
  }
}

/// Something else has the name of the file that teaching writes.
private struct ForeignFile: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path): is no model, and --teach would write one there; move it away"
  }
}

/// The base model is the file that teaching writes.
private struct TaughtItself: Error, CustomStringConvertible {
  let path: String

  var description: String {
    "\(path): is what --teach writes with that folder; name the model that it is taught from"
  }
}
