import Basics
import Classification
import Imaging
import Inference
import Labelling
import Live
import LiveTeaching
import ModelFile

/// What `--teach` begins with: what the model was taught before, so that a restart changes no answer, and a teacher for the
/// photos that have come since, and for those that come.
struct TaughtStart {
  let classifier: Classifier
  let teacher: Teacher
  /// Whether the folder's photos have yet to be learnt, while frames are classified.
  let hasToLearn: Bool

  /// Begins to teach.
  ///
  /// - Parameters:
  ///   - command: makes classifiers, with its options.
  ///   - path: of the base model.
  ///   - folder: of photos.
  ///   - parts: the parts of frames that are asked for while it runs.
  ///   - install: has what was learnt answer from then on.
  /// - Throws: when the model can never be taught, or the folder not be used.
  init(
    _ command: ClassifyCommand, _ path: String, folder: String, _ parts: PartRequests,
    _ install: @escaping @Sendable (Classifier) -> Void
  ) throws {
    let store = try PhotoStore(folder: folder)
    let learner = Learner(
      folder: folder, means: command.engine.means(reading: command.files.reading))
    guard
      FileIdentity(PathName(learner.output)) != FileIdentity(PathName(path))
        || FileIdentity(PathName(path)) == nil
    else { throw TaughtItself(path: path) }
    let earlier = Self.opened(learner.output)
    if case .failure(.notAModel) = earlier { throw ForeignFile(path: learner.output) }
    let asked = try command.askedParts()
    let school = School(
      command: command, path: path, learner: learner,
      parts: { asked + parts.last.values.map(FramePart.fractions) })
    let isTaughtBefore = try ModelOptions.read(path) { base in
      try learner.look(at: base, version: Self.version(of: path))
      try school.check(base)
      guard case .success(let model) = earlier else { return false }
      return TaughtModel.mayBe(model, of: base)
    }
    // Photos may have been moved away: what was taught by them stays there until somebody asks to learn.
    hasToLearn = !learner.hasNothing
    if hasToLearn, isTaughtBefore, let before = try? command.makeClassifier(of: learner.output) {
      classifier = before
      school.running.with { $0 = try? earlier.get() }
    } else {
      classifier = try command.makeClassifier(of: path)
      if hasToLearn {
        Message.say("until the photos of \(folder) are learnt, the model answers as it is without")
      }
    }
    let learning = Learning(
      output: learner.output,
      learn: { onPhoto in
        let learnt: (classifier: Classifier?, lesson: Lesson?)
        do { learnt = try school.learn(onPhoto) } catch {
          Message.say("the model stays as it was: \(Failure.text(of: error))")
          throw error
        }
        if let classifier = learnt.classifier { install(classifier) }
        return learnt.lesson
      },
      prepare: {
        try? ModelOptions.read(path) { learner.prepare($0, version: Self.version(of: path)) }
      },
      text: { Failure.text(of: $0) }, refusal: { learner.refusal(ofLabel: $0) },
      takesNewNames: { learner.takesNewNames })
    teacher = try Teacher(
      store, learning, first: hasToLearn ? nil : .success(nil),
      names: classifier.sets.flatMap(\.labels),
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
  /// The parts of frames that are looked at because somebody asked for them.
  let parts: @Sendable () -> [FramePart]
  /// The taught model that answers; nil where that is the base model as it is.
  let running = Monitor<ModelReader?>(nil)

  /// Whether photos of what is looked at can be taught to a model.
  ///
  /// - Throws: ``PartOfPart`` when it looks at a part of each photo, and something else is looked at.
  func check(_ base: ModelReader) throws {
    guard let learnt = base.manifest.preprocessing.region.flatMap({ ImageRegion($0) }),
      parts().contains(where: { $0 != .fractions(learnt) })
    else { return }
    throw PartOfPart(learnt: learnt)
  }

  /// Learns; without photos it is the base model as it is.
  ///
  /// - Returns: what answers from now on, nil where that is what answers already; and what was learnt.
  func learn(
    _ onPhoto: (_ done: Int, _ total: Int) -> Void
  ) throws -> (classifier: Classifier?, lesson: Lesson?) {
    let version = TaughtStart.version(of: path)
    let lesson = try ModelOptions.read(path) { base in
      try check(base)
      return try learner.learn(base, version: version, onPhoto: onPhoto)
    }
    let taught = try lesson.map { _ in try ModelReader(path: learner.output) }
    var classifier: Classifier?
    let isSame = running.with { running in
      guard let running, let taught else { return false }
      return taught.manifest == running.manifest && taught.hasTensors(of: running)
    }
    if !isSame {
      classifier = try command.makeClassifier(of: lesson == nil ? path : learner.output)
    }
    running.with { $0 = taught }
    if let lesson {
      let labels = Decimal.counted(lesson.labels.count, "label")
      Message.say(
        "\(learner.output): taught \(Decimal.counted(lesson.photos, "photo")) of \(labels)")
      for warning in lesson.warnings { Message.say(warning) }
    }
    return (classifier, lesson)
  }
}

/// Photos that are kept show what is looked at; a model that looks at a part of each photo would see a part of that.
private struct PartOfPart: Error, CustomStringConvertible {
  let learnt: ImageRegion

  var description: String {
    "the model learnt from the part \(learnt) of its photos, and photos of another part cannot be taught to it: "
      + "look at this part, or teach a model made without mmrl-convert --crop"
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
