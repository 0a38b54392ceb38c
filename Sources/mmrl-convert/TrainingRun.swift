import FloatMath
import FoundationEssentials
import Training

/// The training of a person's run: one plan or several, with progress on stderr and a state after each epoch.
struct TrainingRun {
  let training: PhotoTraining
  /// Where states are kept: this path, then with a number.
  let state: String
  let seed: Int
  let resumes: Bool

  /// Settings for `--auto`: what the plan says, and changes of what matters most.
  func candidates(around plan: AdapterPlan) -> [AdapterPlan] {
    var gentle = plan
    gentle.recipe.learningRate /= 2
    gentle.recipe.regularization *= 2
    var free = plan
    free.recipe.regularization /= 10
    var light = plan
    light.settings.alpha = 0.7
    var plans = [plan, gentle, free, light]
    if plan.geometry.method == .mmrlPlusPlus {
      var composed = plan
      composed.settings.beta = plan.settings.beta > 0.5 ? 0.3 : 0.9
      plans.append(composed)
    }
    return plans
  }

  /// Trains each plan, and returns what does best on the held-out photos; the first of equals.
  func train(_ plans: [AdapterPlan]) throws -> PhotoTraining.Outcome {
    if plans.count > 1 {
      guard !training.data.held.isEmpty else {
        throw ConvertError(
          "--auto chooses by held-out photos, and there are none (2 a label at least)")
      }
      Message.say(
        "trying \(plans.count) settings one after the other: \(plans.count) times the time of one "
          + "run, which is told below")
    }
    var best: PhotoTraining.Outcome?
    for (index, plan) in plans.enumerated() {
      if plans.count > 1 { Message.say("setting \(index + 1) of \(plans.count)") }
      let path = statePath(index)
      let isKept = FileManager.default.fileExists(atPath: path)
      if resumes, !isKept, index == 0 {
        Message.say("\(path): no interrupted run to continue, starting afresh")
      }
      if !resumes, isKept {
        Message.say("\(path): an interrupted run is there (--resume continues it); starting afresh")
      }
      var meter = ProgressMeter(
        epochs: plan.recipe.epochs,
        batch: min(plan.recipe.batchSize, training.data.shots.labels.count))
      let outcome = try training.train(
        plan, seed: seed, state: path, resumes: resumes && isKept
      ) { meter.step(epochsBefore: $0, $1) }
      let accuracy = outcome.scores?.accuracy ?? 0
      if plans.count > 1 { Message.say("held-out photos: \(Decimal.text(accuracy, 1)) %") }
      if accuracy > (best?.scores?.accuracy ?? -1) { best = outcome }
    }
    guard let best else { throw ConvertError("nothing to train") }
    return best
  }

  /// Removes the states of a run that is done.
  func removeStates(_ count: Int) {
    for index in 0..<count { try? FileManager.default.removeItem(atPath: statePath(index)) }
  }

  private func statePath(_ index: Int) -> String {
    index == 0 ? state : "\(state)-\(index + 1)"
  }
}

/// One line on stderr for each epoch, or one that is written over where a person looks on.
struct ProgressMeter {
  private let epochs: Int
  private let start = ContinuousClock.now
  private var first: Int?
  private var loss = 0.0
  private var correct = 0
  private var images = 0

  /// Photos of a step.
  private let batch: Int

  init(epochs: Int, batch: Int) {
    self.epochs = epochs
    self.batch = batch
  }

  mutating func step(epochsBefore: Int, _ step: AdapterTrainer.StepReport) {
    if step.step == 1 { (loss, correct, images) = (0, 0, 0) }
    if first == nil { first = epochsBefore }
    loss += step.loss
    correct += step.correct
    images += batch
    let steps = Double(step.steps)
    let done = Double(epochsBefore - (first ?? 0)) + Double(step.step) / steps
    let left = Double(epochs - epochsBefore) - Double(step.step) / steps
    let seconds = Double((ContinuousClock.now - start).components.seconds)
    let isLast = step.step == step.steps
    guard isLast || Terminal.isInteractive else { return }
    Terminal.progress(
      "epoch \(epochsBefore + 1) of \(epochs), step \(step.step) of \(step.steps): loss "
        + "\(Decimal.text(loss / Double(step.step), 3)), "
        + "\(Decimal.text(100 * Double(correct) / Double(max(1, images)), 1)) % of the shots, "
        + "\(Terminal.duration(seconds: seconds * left / done)) left",
      isLast: isLast)
  }
}
