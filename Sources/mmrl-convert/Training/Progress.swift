import Basics
import Training

/// A line on stderr for each stage, epoch or fold, or one that is written over where a person looks on, with the time left.
struct Progress {
  /// When the stage that is going on was seen first, and how much of it was done then.
  private var start: (stage: String, time: ContinuousClock.Instant, share: Double)?
  private var loss = 0.0
  private var correct = 0
  private var images = 0
  /// Of a training that is to come.
  var epochs = 1

  /// Says how far the encoding of photos is.
  mutating func encode(_ progress: EncodingProgress) {
    let isLast = progress.done == progress.total
    let left = timeLeft(progress.stage.rawValue, Double(progress.done) / Double(progress.total))
    show(
      "encoding \(progress.stage.rawValue): \(progress.done) of \(progress.total)\(left)",
      isLast: isLast)
  }

  /// Says how far a training is.
  mutating func step(_ epochsBefore: Int, _ step: AdapterTrainer.StepReport) {
    if step.step == 1 { (loss, correct, images) = (0, 0, 0) }
    loss += step.loss
    correct += step.correct
    images += step.images
    let done = Double(epochsBefore) + Double(step.step) / Double(step.steps)
    let share = 100 * Double(correct) / Double(max(1, images))
    let left = timeLeft("epochs", done / Double(epochs))
    show(
      "epoch \(epochsBefore + 1) of \(epochs), step \(step.step) of \(step.steps): loss "
        + "\(Decimal.fixed(loss / Double(step.step), 3)), \(Decimal.fixed(share, 1)) % of the shots"
        + left,
      isLast: step.step == step.steps)
  }

  /// Says how far a cross-validation is.
  mutating func fold(_ progress: CrossValidation.Progress) {
    let left = timeLeft("folds", progress.share)
    let (what, isLast) =
      switch progress.stage {
      case .encoding(let stage): (stage.rawValue, false)
      case .epoch(let epoch, let epochs): ("epoch \(epoch) of \(epochs)", false)
      case .done: ("done", true)
      }
    show(
      "cross-validation, fold \(progress.fold + 1) of \(progress.folds): \(what)\(left)",
      isLast: isLast)
  }

  /// Says how far something is that leaves no line behind.
  mutating func pass(_ stage: String, _ done: Int, of total: Int) {
    guard Message.isSeen else { return }
    let left = timeLeft(stage, Double(done) / Double(max(1, total)))
    show("\(stage): \(done) of \(total)\(left)", isLast: false)
    if done == total { Message.write(Self.clear) }
  }

  /// Names something short while it is done, and leaves no line behind.
  func during<R>(_ what: String, _ body: () throws -> R) rethrows -> R {
    guard Message.isSeen else { return try body() }
    show("\(what) …", isLast: false)
    defer { Message.write(Self.clear) }
    return try body()
  }

  /// `, 12 s left`, counted from the first call for a stage: what came before it came once.
  private mutating func timeLeft(_ stage: String, _ share: Double) -> String {
    let now = ContinuousClock.now
    guard let start, start.stage == stage else {
      self.start = (stage, now, share)
      return ""
    }
    guard share > start.share, share < 1 else { return "" }
    let pace = (now - start.time) / .seconds(1) / (share - start.share)
    return ", \(Self.duration(seconds: pace * (1 - share))) left"
  }

  private func show(_ text: String, isLast: Bool) {
    guard Message.isSeen else {
      if isLast { Message.say(text) }
      return
    }
    // A line that reached the terminal's edge could not be written over.
    let room = max(1, (Terminal.columnsOfMessages ?? 80) - 1)
    Message.write("\(Self.clear)\(text.cut(to: room))\(isLast ? "\n" : "")")
  }

  private static let clear = "\r\u{1B}[K"

  /// `1 h 20 min`, `4 min 5 s` or `12 s`.
  private static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole / 60 % 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
