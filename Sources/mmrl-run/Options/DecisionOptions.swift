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
      "By how much a new best label must lead to count (default: 0.05).", valueName: "margin"))
  var hysteresis: Double?

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
  }

  /// The options that were used.
  var given: [String] {
    [
      (smooth != nil, "--smooth"), (onChange != nil, "--on-change"),
      (hysteresis != nil, "--hysteresis"), (interval != nil, "--interval"),
      (skipStill, "--skip-still"),
    ].filter(\.0).map(\.1)
  }

  /// The same for the loop, with records of a style.
  func configuration(_ style: RecordStyle) -> LiveConfiguration {
    var configuration = LiveConfiguration()
    configuration.style = style
    configuration.halfLife = smooth
    if let hysteresis { configuration.hysteresis = Float(hysteresis) }
    configuration.interval = interval
    configuration.skipsStill = skipStill
    return configuration
  }
}
