public import ArgumentParser
public import Capture
import Live

/// Which cameras or streams are classified.
struct LiveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A camera: /dev/video0, http://, rtsp://; or several.", valueName: "device|address"))
  var camera: [String] = []

  @Option(
    name: .customLong("stream"),
    help: ArgumentHelp(
      """
      JPEG files in a row from a file, a pipe or - for stdin; a video file, timed by its own clock; or an address. \
      Videos, rtsp:// and https:// take ffmpeg.
      """, valueName: "source"))
  var streams: [String] = []

  @Flag(help: "Classify every frame of a stream, not the newest.")
  var everyFrame = false

  @Option(
    help: ArgumentHelp(
      "The stream is raw frames, as 640x480:nv12; formats: \(RawStream.formats).",
      valueName: "format"),
    transform: RawStream.init(text:))
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
    for name in camera + streams where !Self.isDevice(name) {
      guard let address = URLAddress(name), address.scheme != "file" else {
        throw ValidationError(
          "\(name) is no address, as rtsp://camera:554/video; a file is named by its path.")
      }
    }
    if let fps, !(fps > 0 && fps <= 1000) { throw ValidationError("--fps takes 0 to 1000.") }
    if streams.isEmpty, let option = givenOfStream.first {
      throw ValidationError("\(option) is about a --stream.")
    }
    if !camera.contains(where: Self.isDevice), let option = givenOfCamera.first {
      throw ValidationError(
        "\(option) is about a --camera\(camera.isEmpty ? "" : " that is a device").")
    }
    if raw != nil, let stream = streams.first, !Self.isDevice(stream) {
      throw ValidationError("--raw is about bytes, and \(stream) is an address.")
    }
  }

  /// Whether there is a camera or stream.
  var isGiven: Bool { !camera.isEmpty || !streams.isEmpty }

  private static func isDevice(_ name: String) -> Bool { !name.contains("://") }

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
struct RawStream {
  /// The formats, by the names that ffmpeg has for them.
  static let formats = "yuv420p, nv12, yuyv422, uyvy422, rgb24, bgr24, gray"

  let format: FrameFormat

  init(text: String) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let size = FrameSize(parts[0]) else {
      throw ValidationError("It is a size and a format, as 640x480:nv12; formats: \(Self.formats).")
    }
    guard let code = FourCC(String(parts[1])),
      case let format = FrameFormat(code: code, width: size.width, height: size.height),
      format.layout != nil
    else {
      throw ValidationError(
        """
        \(parts[1]) is not read; formats: \(Self.formats) (convert it: ffmpeg ... -pix_fmt rgb24 -f rawvideo -).
        """)
    }
    guard size.width % 2 == 0 || ![.nv12, .yu12].contains(code) else {
      throw ValidationError(
        "Frames of \(parts[1]) have an even width here (ffmpeg ... -pix_fmt rgb24 takes any).")
    }
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
