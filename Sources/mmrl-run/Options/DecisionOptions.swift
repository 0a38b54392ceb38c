import ArgumentParser
import Classification
import Live

/// How records of single frames become decisions over time.
struct DecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Average the scores over time, those so old count half.", valueName: "seconds"))
  var smooth: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Say only changes of the answer (default: in a table).")
  var onChange: Bool?

  @Option(
    help: ArgumentHelp(
      "By how much a new label must lead (default: 0.05).", valueName: "margin"))
  var hysteresis: Double?

  @Option(
    help: ArgumentHelp(
      "Count a new answer once so many results agree, one after the other, or all for so long, as 2s.",
      valueName: "count|time"),
    transform: LabelDecision.Hold.init(text:))
  var hold: LabelDecision.Hold?

  @Option(
    help: ArgumentHelp(
      "A label, or unknown, that never counts; or several.",
      valueName: "label"))
  var ignore: [String] = []

  @Option(help: ArgumentHelp("Classify once in so many seconds.", valueName: "seconds"))
  var interval: Double?

  @Flag(help: "Skip frames that look like the last one classified.")
  var skipStill = false

  func validate() throws {
    for (name, value) in [("--smooth", smooth), ("--interval", interval)] {
      if let value, !(value > 0 && value < 1e6) {
        throw ValidationError("\(name) takes seconds, more than 0.")
      }
    }
    if let hysteresis, !(0..<1).contains(hysteresis) {
      throw ValidationError("--hysteresis takes 0 to below 1.")
    }
    guard !ignore.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw ValidationError("--ignore takes a label.")
    }
  }

  /// The options that were used.
  var given: [String] {
    [
      (smooth != nil, "--smooth"), (onChange != nil, "--on-change"),
      (hysteresis != nil, "--hysteresis"), (hold != nil, "--hold"),
      (!ignore.isEmpty, "--ignore"), (interval != nil, "--interval"),
      (skipStill, "--skip-still"),
    ].filter(\.0).map(\.1)
  }

  /// The same for the loop, with records of a style.
  func configuration(_ style: RecordStyle) -> LiveConfiguration {
    var configuration = LiveConfiguration()
    configuration.style = style
    configuration.halfLife = smooth
    if let hysteresis { configuration.hysteresis = Float(hysteresis) }
    if let hold { configuration.hold = hold }
    configuration.ignored = ignore
    configuration.interval = interval
    configuration.skipsStill = skipStill
    return configuration
  }
}

extension LabelDecision.Hold {
  /// A number of results, as 3, or seconds, as 2s.
  init(text: String) throws {
    if let count = Int(text), count > 0 {
      self = .frames(count)
    } else if text.hasSuffix("s"), let seconds = Double(text.dropLast()),
      seconds > 0, seconds < 1e6
    {
      self = .seconds(seconds)
    } else {
      throw ValidationError("It is a number of results, as 3, or seconds, as 2s; more than 0.")
    }
  }
}
