import FloatMath
import FoundationEssentials
import Training

/// The training of a person's run, with progress on stderr and a state after each epoch.
struct TrainingRun {
  /// Where the state is kept.
  let state: String
  /// What has to be the same for a state to be continued.
  let facts: RunFacts
  let seed: Int
  let resumes: Bool

  /// Says what is there of an interrupted run, and removes it where it is not to be continued.
  ///
  /// - Throws: when it is another run's, before anything is computed.
  func prepare() throws {
    let isKept = leftovers.contains { !$0.hasSuffix(".part") }
    guard resumes else {
      if isKept {
        Message.say("\(state): left by an interrupted run (--resume continues it); starting afresh")
      }
      removeStates()
      return
    }
    if !isKept { Message.say("\(state): no interrupted run to continue, starting afresh") }
    if FileManager.default.fileExists(atPath: state) {
      try AdapterTrainer.check(stateAt: state, facts: facts)
    }
  }

  /// Trains by a plan, from a state if one is to be continued.
  func fit(
    _ learner: FewShotLearner, _ plan: AdapterPlan, _ data: TrainingData, _ frozen: FrozenFeatures
  ) throws -> FittedAdapter {
    var meter = ProgressMeter(epochs: plan.recipe.epochs(photos: data.shots.labels.count))
    let isKept = FileManager.default.fileExists(atPath: state)
    return try learner.fit(
      plan, data, seed: seed, frozen: frozen,
      state: TrainingStateFile(path: state, facts: facts, resumes: resumes && isKept),
      onStep: { meter.step($0, $1) })
  }

  /// Removes what a run that is done, or is not to be continued, has left.
  func removeStates() {
    for path in leftovers { try? FileManager.default.removeItem(atPath: path) }
  }

  /// The state, and drafts of it that were being written when a run was killed.
  private var leftovers: [String] {
    let slash = state.lastIndex(of: "/")
    let folder = slash.map { String(state[...$0]) } ?? "./"
    let name = slash.map { String(state[state.index(after: $0)...]) } ?? state
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter {
      $0 == name || $0.hasPrefix(name + ".") && $0.hasSuffix(".part")
    }.map { (slash == nil ? "" : folder) + $0 }
  }
}

/// One line on stderr for each epoch, or one that is written over where a person looks on.
struct ProgressMeter {
  private let epochs: Int
  private var start: (time: ContinuousClock.Instant, epochs: Double)?
  private var loss = 0.0
  private var correct = 0
  private var images = 0

  init(epochs: Int) { self.epochs = epochs }

  mutating func step(_ epochsBefore: Int, _ step: AdapterTrainer.StepReport) {
    if step.step == 1 { (loss, correct, images) = (0, 0, 0) }
    loss += step.loss
    correct += step.correct
    images += step.images
    let done = Double(epochsBefore) + Double(step.step) / Double(step.steps)
    // Counted from the end of the first step: preparations come before it, once.
    let now = ContinuousClock.now
    let start = self.start ?? (now, done)
    self.start = start
    let isLast = step.step == step.steps
    guard Terminal.isInteractive || isLast else { return }
    var text =
      "epoch \(epochsBefore + 1) of \(epochs), step \(step.step) of \(step.steps): loss "
      + "\(decimal(loss / Double(step.step), 3)), "
      + "\(decimal(100 * Double(correct) / Double(max(1, images)), 1)) % of the shots"
    if done > start.epochs {
      let pace = (now - start.time) / .seconds(1) / (done - start.epochs)
      text += ", \(Terminal.duration(seconds: pace * (Double(epochs) - done))) left"
    }
    Terminal.progress(text, isLast: isLast)
  }
}
