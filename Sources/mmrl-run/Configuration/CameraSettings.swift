import ArgumentParser
import Classification
import FoundationEssentials
import Live
import LiveMQTT

/// One of the cameras of a configuration file: what it has for itself.
struct CameraSettings: ParsableArguments {
  @OptionGroup var live: LiveOptions
  @OptionGroup var parts: CropOptions
  @OptionGroup var decisions: DecisionOptions

  @Option(name: [.customLong("threshold"), .customLong("thresholds")], help: LabelThreshold.help)
  var thresholds: [LabelThreshold] = []

  @Option(
    name: [.customLong("label"), .customLong("labels")],
    help: "A label that this camera may show; all, if none is named.")
  var labels: [String] = []

  @Option(help: "What it is called in records.")
  var name: String?

  @Option(help: "Its part of MQTT's topics.")
  var topic: String?

  /// Where others skip still frames.
  @Flag(help: "Do not skip still frames.")
  var noSkipStill = false

  func validate() throws {
    guard live.isGiven else { throw ValidationError("A camera has a source.") }
    guard decisions.onChange == nil else {
      throw ValidationError("--on-change is about what is printed of all cameras.")
    }
    guard parts.crop.allSatisfy({ $0.source == nil }) else {
      throw ValidationError("--crop of a camera takes the part alone, as 0.25,0.25,0.5,0.5.")
    }
    guard name?.allSatisfy(\.isWhitespace) != true else {
      throw ValidationError("--name takes a name.")
    }
    guard !labels.contains(where: { $0.allSatisfy(\.isWhitespace) }) else {
      throw ValidationError("--label takes a label.")
    }
    if let topic, !Topics.isName(topic) {
      throw ValidationError(
        "--topic takes letters, digits, - and _, at most 64, since it is a part of topics.")
    }
  }

  /// Options that a file has other words for, or that say nothing of a camera.
  static let notInFiles: Set<String> = ["camera", "stream", "help", "version"]

  /// How it is handed over from the file to the command: as a list of its options.
  init(text: String) throws {
    let words = try JSONDecoder().decode([String].self, from: Data(text.utf8))
    self = try CameraSettings.parse(words)
  }

  init() {}

  /// What is done with its frames; what it does not say for itself is as for all.
  func configuration(besides usual: LiveConfiguration) -> LiveConfiguration {
    var own = decisions.configuration(usual.style)
    own.halfLife = decisions.smooth ?? usual.halfLife
    if decisions.hysteresis == nil { own.hysteresis = usual.hysteresis }
    if decisions.hold == nil { own.hold = usual.hold }
    if decisions.ignore.isEmpty { own.ignored = usual.ignored }
    own.interval = decisions.interval ?? usual.interval
    own.skipsStill = !noSkipStill && (decisions.skipStill || usual.skipsStill)
    own.name = name
    own.labels = labels
    own.thresholds = thresholds.map { ($0.label, $0.score) }
    return own
  }
}

/// A camera or stream that is watched, as the options or a configuration file have it.
struct SourcePlan {
  var source: SourceConfiguration
  /// What a configuration file says of it.
  var settings: CameraSettings?

  /// What it is called.
  var name: String { settings?.name ?? source.name }
}
