public import ArgumentParser
public import Capture
import Live

/// Which cameras or streams are classified.
struct LiveOptions: ParsableArguments {
  @Option(help: ArgumentHelp("A camera; may be given several times.", valueName: "device"))
  var camera: [String] = []

  @Option(
    name: .customLong("stream"),
    help: ArgumentHelp("A file, a pipe or - for stdin: JPEG files in a row.", valueName: "source"))
  var streams: [String] = []

  @Flag(help: "Classify every frame of a stream instead of the newest.")
  var everyFrame = false

  @Option(help: ArgumentHelp("The stream is raw frames, as 640x480:nv12.", valueName: "format"))
  var raw: RawStream?

  @Option(help: ArgumentHelp("Only this size of a camera's, as 640x480.", valueName: "size"))
  var size: FrameSize?

  @Option(help: ArgumentHelp("At least so many frames a second of a camera.", valueName: "rate"))
  var fps: Double?

  @Option(help: ArgumentHelp("Only this format of a camera's, as MJPG.", valueName: "code"))
  var pixelFormat: FourCC?

  func validate() throws {
    guard streams.count < 2 else { throw ValidationError("There can be one --stream only.") }
    guard !camera.contains(""), !streams.contains("") else {
      throw ValidationError("--camera and --stream take a name.")
    }
    guard camera.isEmpty || streams.isEmpty else {
      throw ValidationError("--camera and --stream exclude each other.")
    }
    if let fps, !(fps > 0 && fps <= 1000) { throw ValidationError("--fps takes 0 to 1000.") }
    if streams.isEmpty, let option = givenOfStream.first {
      throw ValidationError("\(option) is about a --stream.")
    }
    if camera.isEmpty, let option = givenOfCamera.first {
      throw ValidationError("\(option) is about a --camera.")
    }
  }

  /// Whether there is a camera or stream.
  var isGiven: Bool { !camera.isEmpty || !streams.isEmpty }

  private var givenOfStream: [String] {
    [(raw != nil, "--raw"), (everyFrame, "--every-frame")].filter(\.0).map(\.1)
  }

  private var givenOfCamera: [String] {
    [(size != nil, "--size"), (fps != nil, "--fps"), (pixelFormat != nil, "--pixel-format")]
      .filter(\.0).map(\.1)
  }

  /// What to open.
  var sources: [SourceConfiguration] {
    camera.map { SourceConfiguration.camera($0, size: size, rate: fps, code: pixelFormat) }
      + streams.map { path in
        .stream(path, raw.map { .raw($0.format) } ?? .jpeg, everyFrame: everyFrame)
      }
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
