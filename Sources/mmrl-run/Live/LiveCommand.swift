import ArgumentParser
import Capture
import Imaging
import Inference
import LiveServer

/// `mmrl-run --camera DEVICE` and `mmrl-run --stream FILE`: classifies what is seen now.
struct LiveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "live",
    abstract: "Classify cameras and streams (what --camera, --stream and --list do).",
    usage: """
      mmrl-run --camera /dev/video0 [<options>]
      mmrl-run --stream - [<options>]
      mmrl-run --list
      """,
    discussion: """
      Always the newest frame is classified; frames that came while another was being worked on are \
      dropped and counted. SIGINT and SIGTERM end it.
      """)

  @Option(help: ArgumentHelp("A camera; may be given several times.", valueName: "device"))
  var camera: [String] = []

  @Option(
    name: .customLong("stream"),
    help: ArgumentHelp("A file, a pipe or - for stdin: JPEG files in a row.", valueName: "file"))
  var streams: [String] = []

  /// The stream, of which there is one at most.
  var stream: String? { streams.first }

  @Flag(help: "Show the cameras that are there, and what they offer.")
  var list = false

  @Option(help: "Only this size of a camera's.")
  var size: FrameSize?

  @Option(help: "At least so many frames a second, where the camera has them.")
  var fps: Double?

  @Option(help: "Only this pixel format of a camera's, as MJPG or YUYV.")
  var pixelFormat: FourCC?

  @Option(help: "The stream is raw frames, as 640x480:nv12.")
  var raw: RawStream?

  @Flag(help: "Classify every frame of a stream instead of the newest.")
  var everyFrame = false

  @OptionGroup var model: ModelOptions
  @OptionGroup var decisions: LiveDecisionOptions
  @OptionGroup var results: LiveResultOptions
  @OptionGroup var serving: LiveServingOptions
  @OptionGroup var actions: LiveActionOptions

  /// Whether a command line asks for this command without naming it.
  static func isMeant(by words: some Sequence<String>) -> Bool {
    let own = ["--camera", "--stream", "--list"]
    for word in words {
      if word == "--" { return false }
      if own.contains(where: { word == $0 || word.hasPrefix("\($0)=") }) { return true }
    }
    return false
  }

  func validate() throws {
    guard list || !camera.isEmpty || stream != nil else {
      throw ValidationError("Name a --camera or a --stream, or ask for a --list.")
    }
    guard streams.count < 2 else { throw ValidationError("There can be one --stream only.") }
    guard camera.isEmpty || stream == nil else {
      throw ValidationError("--camera and --stream exclude each other.")
    }
    if let fps, !(fps > 0 && fps <= 1000) { throw ValidationError("--fps takes 0 to 1000.") }
    if raw != nil || everyFrame, stream == nil {
      throw ValidationError("--raw and --every-frame are about a --stream.")
    }
  }

  func run() throws {
    if list {
      LiveCameraList.print()
      return
    }
    do {
      try LiveLoop(self).run()
    } catch let code as ExitCode {
      throw code
    } catch {
      Message.say("\(error)")
      throw ExitCode(2)
    }
  }

  /// Whether frames that change no label are not told: by default where people look on.
  var saysOnlyChanges: Bool { decisions.onChange ?? (results.effectiveFormat == .table) }

  /// What the sources are called in records.
  var sourceNames: [String] { stream.map { [$0 == "-" ? "stdin" : $0] } ?? camera }

  /// Starts the server, if one is wanted.
  func makeWeb(_ engine: Engine) throws -> LiveWeb? {
    try serving.serve.map { address in
      let path = try ModelLocation.find(named: model.model)
      let program = LiveServer.Program(
        version: Version.text, model: String(path.split(separator: "/").last ?? ""),
        instructionSet: "\(engine.instructionSet)")
      return try LiveWeb(
        address, token: serving.effectiveToken, names: sourceNames,
        patience: max(10, 3 * (decisions.interval ?? 0)), program: program)
    }
  }

  /// Opens what was named; faults go to `log`.
  func openSources(shortEdge: Int, log: LiveLog) throws(CameraError) -> [any FrameSource] {
    if let stream {
      let content = raw.map { StreamSource.Content.raw($0.format) } ?? .jpeg
      return [
        try StreamSource(
          path: stream, content: content, shortEdge: shortEdge, everyFrame: everyFrame
        ) { log.note(sourceNames[0], $0) }
      ]
    }
    let request = ModeRequest(shortEdge: shortEdge, size: size, rate: fps, code: pixelFormat)
    var sources: [any FrameSource] = []
    for path in camera {
      sources.append(try CameraSource(path: path, request: request) { log.note(path, $0) })
    }
    return sources
  }
}

/// A raw stream's size and pixel format, as 640x480:nv12.
struct RawStream: ExpressibleByArgument {
  let format: FrameFormat

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let size = FrameSize(parts[0]), let code = FourCC(String(parts[1]))
    else { return nil }
    let format = FrameFormat(code: code, width: size.width, height: size.height)
    guard format.layout != nil else { return nil }
    self.format = format
  }
}

extension FrameSize: ExpressibleByArgument {
  /// A size as 640x480.
  public init?(argument: String) { self.init(argument) }
}

extension FourCC: ExpressibleByArgument {
  /// A code as MJPG.
  public init?(argument: String) { self.init(argument) }
}
