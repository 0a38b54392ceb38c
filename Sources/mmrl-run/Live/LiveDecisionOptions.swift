import ArgumentParser

/// How records of single frames become decisions over time.
struct LiveDecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Average the scores over time, older ones counting half after so many seconds.",
      valueName: "seconds"))
  var smooth: Double?

  @Flag(
    inversion: .prefixedNo,
    help: "Say only when the best label of a set changes; on in a table when not given.")
  var onChange: Bool?

  @Option(
    help: ArgumentHelp(
      "A new best label counts as a change when its score is higher by this.",
      valueName: "margin"))
  var hysteresis = 0.05

  @Option(help: ArgumentHelp("Classify once in so many seconds.", valueName: "seconds"))
  var interval: Double?

  @Flag(help: "Do not classify a picture that looks like the last one classified.")
  var skipStill = false

  func validate() throws {
    for (name, value) in [("--smooth", smooth), ("--interval", interval)] {
      if let value, !(value > 0 && value < 1e6) {
        throw ValidationError("\(name) takes seconds, more than 0.")
      }
    }
    guard (0..<1).contains(hysteresis) else {
      throw ValidationError("--hysteresis takes 0 to below 1.")
    }
  }
}
