import Basics
import Training

/// One line on stderr for each epoch, or one that is written over where a person looks on.
struct Progress {
  private let epochs: Int
  private var start: (time: ContinuousClock.Instant, epochs: Double)?
  private var loss = 0.0
  private var correct = 0
  private var images = 0

  /// Before the first step of so many epochs.
  init(epochs: Int) { self.epochs = epochs }

  /// Says how far a training is.
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
    guard Message.isSeen || isLast else { return }
    let share = 100 * Double(correct) / Double(max(1, images))
    var text =
      "epoch \(epochsBefore + 1) of \(epochs), step \(step.step) of \(step.steps): loss "
      + "\(Decimal.fixed(loss / Double(step.step), 3)), \(Decimal.fixed(share, 1)) % of the shots"
    if done > start.epochs {
      let pace = (now - start.time) / .seconds(1) / (done - start.epochs)
      text += ", \(Self.duration(seconds: pace * (Double(epochs) - done))) left"
    }
    guard Message.isSeen else { return Message.say(text) }
    Message.write("\r\u{1B}[K\(text)\(isLast ? "\n" : "")")
  }

  /// `1 h 20 min`, `4 min 5 s` or `12 s`.
  private static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
