import ArgumentParser
import Basics
import Classification
import Glibc
import Live

/// `mmrl-run PATH...`, `mmrl-run --camera DEVICE` and `mmrl-run --stream SOURCE`.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    // Without a name, so that no word means it: it is what happens when no subcommand is named.
    commandName: "",
    abstract: "Says what is in images, with a .mmrl model in int8.",
    usage: """
      mmrl-run <path> ... [<options>]
      mmrl-run --camera <device> ... | --stream <source> | --serve <address>
      mmrl-run list | bench | check | labels | teach | test
      """,
    discussion: """
      mmrl-run photos/                          what the images of a folder show
      find . -name '*.jpg' | mmrl-run -         the images of a list
      mmrl-run --camera /dev/video0             what a camera sees, or rtsp://...
      mmrl-run --label mug --label saw photos/  labels by name alone
      mmrl-run list                             the cameras that are there
      mmrl-run bench                            how fast this machine is with a model
      mmrl-run labels my.mmrl add "red mug"     one label more in a model
      mmrl-run teach my.mmrl photos/            learn labels from folders of photos
      mmrl-run test my.mmrl photos/             how often a model is right

      Of cameras and streams the newest frame is classified, until SIGINT or SIGTERM; a model file that \
      is replaced is taken between two frames, at SIGHUP at once.
      Results go to stdout, messages to stderr. Exit status: 0 all done, 1 some inputs failed (each is \
      one record), 2 nothing could be done, 64 wrong usage; interrupted, it ends by the signal. \
      --help-hidden adds what is rarely used.
      """,
    shouldDisplay: false,
    helpNames: .help)

  @Argument(
    help: ArgumentHelp(
      "Images, folders, .tar, - for a list of paths on stdin.", valueName: "path"))
  var paths: [String] = []

  @OptionGroup(title: "Images") var images: ImageOptions
  @OptionGroup(title: "Images") var files: ReadingOptions
  @OptionGroup(title: "Images") var jobs: JobOptions
  @OptionGroup(title: "Cameras and streams") var live: LiveOptions
  @OptionGroup(title: "Model and results") var configuration: ConfigurationOptions
  @OptionGroup(title: "Model and results") var model: ModelOptions
  @OptionGroup(title: "Model and results") var names: NameOptions
  @OptionGroup(title: "Model and results") var results: ResultOptions
  @OptionGroup(title: "Model and results") var parts: CropOptions
  @OptionGroup(title: "Decisions over time") var decisions: DecisionOptions
  @OptionGroup(title: "Server") var server: ServerOptions
  @OptionGroup(title: "Commands and MQTT") var commands: ExecOptions
  @OptionGroup(title: "Commands and MQTT") var mqtt: MQTTOptions
  @OptionGroup(title: "Decisions over time") var saving: SaveOptions
  @OptionGroup(title: "Rarely used", visibility: .hidden) var engine: EngineOptions
  @OptionGroup(title: "Rarely used", visibility: .hidden) var pipeline: PipelineOptions

  /// What this was before `mmrl-run list`.
  @Flag(help: .hidden) var list = false

  func validate() throws {
    guard names.labels.isEmpty || results.labels == .all else {
      throw ValidationError("--label and --labels exclude each other.")
    }
    guard server.teach == nil || names.labels.isEmpty && results.labels == .all else {
      throw ValidationError(
        "--teach and --\(names.labels.isEmpty ? "labels" : "label") exclude each other.")
    }
    guard !list else { throw ValidationError("--list is a subcommand now: mmrl-run list") }
    if mqtt.mqttForget {
      guard paths.isEmpty, !isLive else {
        throw ValidationError("--mqtt-forget takes no images, cameras or streams.")
      }
    } else if isLive {
      guard paths.isEmpty else {
        let others =
          !live.isGiven ? "cameras of --config" : live.camera.isEmpty ? "--stream" : "--camera"
        throw ValidationError("Paths and \(others) exclude each other.")
      }
      try Self.refuse(givenOfFiles, "is about image files.")
      _ = try parts.parts(of: sources.map(\.name))
    } else if isServing {
      _ = try parts.region()
      try Self.refuse(givenOfFiles, "is about image files.")
      try Self.refuse(
        decisions.given + commands.given + mqtt.given + saving.given
          + (server.teach == nil ? [] : ["--teach"]),
        "is about a --camera or a --stream.")
    } else {
      _ = try parts.region()
      if jobs.resume != nil {
        guard images.output == nil else {
          throw ValidationError("--resume and --output exclude each other.")
        }
        guard results.format == nil || results.format == .jsonl else {
          throw ValidationError("--resume writes jsonl, no other format.")
        }
      }
      if let path = jobs.features, path == images.output {
        throw ValidationError("--output and --features both name \(path).")
      }
      try Self.refuse(
        decisions.given + server.given + commands.given + mqtt.given + saving.given,
        "is about a --camera or a --stream.")
      if let name = paths.first(where: Self.isMisplacedSubcommand) {
        throw ValidationError(
          "There is no file \(name) here, and a subcommand comes first: mmrl-run \(name) ...")
      }
    }
  }

  /// What is watched: what the options name, or the cameras of a file.
  var sources: [SourcePlan] {
    live.sources.map { SourcePlan(source: $0) }
      + configuration.cameras.flatMap { camera in
        camera.live.sources.map { SourcePlan(source: $0, settings: camera) }
      }
  }

  /// The longest time between two frames of a source that are classified, where that was asked for.
  var longestInterval: Double? {
    sources.compactMap { $0.settings?.decisions.interval ?? decisions.interval }.max()
  }

  /// Whether anything is watched.
  var isLive: Bool { live.isGiven || !configuration.cameras.isEmpty }

  /// Options that were used and are about files; how images are read matters to those that clients send, too.
  private var givenOfFiles: [String] {
    let reading = files.given.filter { server.serve == nil || $0 == "--all-files" }
    return images.given + reading + jobs.given + pipeline.given
  }

  /// Whether images that clients send are all that there is to classify.
  private var isServing: Bool { server.serve != nil && paths.isEmpty && !isLive }

  /// Whether a path that does not exist looks as if a subcommand were meant.
  private static func isMisplacedSubcommand(_ path: String) -> Bool {
    let isSubcommand = MMRLRun.configuration.subcommands.contains { command in
      command.configuration.shouldDisplay && command.configuration.commandName == path
    }
    guard isSubcommand else { return false }
    return unsafe access(path, F_OK) != 0
  }

  private static func refuse(_ given: [String], _ reason: String) throws {
    if let option = given.first { throw ValidationError("\(option) \(reason)") }
  }

  func run() throws {
    guard !mqtt.mqttForget else { return try Failure.reported { try forget() } }
    // Not among the checks before: those come before an option that does not exist is complained about.
    guard isLive || !paths.isEmpty || isServing else {
      throw ValidationError(
        "Name images or folders, - for a list, a --camera or a --stream. All options: mmrl-run --help"
      )
    }
    try Failure.reported { try paths.isEmpty ? classifyFrames() : classifyImages() }
  }
}
