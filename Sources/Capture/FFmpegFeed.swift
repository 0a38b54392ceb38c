package import Basics
import Glibc
import Synchronization

/// Lets ffmpeg read what we do not: videos, RTSP, HTTPS.
///
/// It hands over each picture as a JPEG with its time.
package final class FFmpegFeed: FrameFeed {
  private static let program = "ffmpeg"
  /// A program that has no more to say may take so long to end.
  private static let grace = 2.0

  /// For a person.
  package let summary: String
  /// What ffmpeg is asked for.
  package var layout: FrameSplitter.Layout { .timedJPEG }
  /// Whether it is a file rather than something live.
  package let isRecording: Bool
  private let input: String
  private let inputOptions: [String]
  /// How the input is called in messages.
  private let name: String
  private let filter: String

  /// A feed of a video file.
  ///
  /// - Throws: when ffmpeg is not installed.
  package convenience init(file path: String, shortEdge: Int?) throws(CameraError) {
    // A name may hold a colon, which would be the end of a protocol.
    try self.init(
      "file:\(path)", name: path, isRecording: true, options: [], shortEdge: shortEdge)
  }

  /// A feed of an address.
  ///
  /// - Parameters:
  ///   - url: the address.
  ///   - isRecording: whether it is a file; nil if only its name tells.
  ///   - shortEdge: that is needed for the model's input; nil for all that frames have.
  /// - Throws: when ffmpeg is not installed.
  package convenience init(
    url: URLAddress, isRecording: Bool? = nil, shortEdge: Int?
  ) throws(CameraError) {
    let isHTTP = ["http", "https"].contains(url.scheme)
    // Over UDP, the default, packets are lost; what is lost is made up, and nobody can tell.
    let options = ["rtsp", "rtsps"].contains(url.scheme) ? ["-rtsp_transport", "tcp"] : []
    try self.init(
      url.text, name: url.name,
      isRecording: isRecording ?? (isHTTP && StreamAddress.isRecording(url.path)),
      options: options, shortEdge: shortEdge)
  }

  private init(
    _ input: String, name: String, isRecording: Bool, options: [String], shortEdge: Int?
  ) throws(CameraError) {
    guard Self.isInstalled else { throw .needsFFmpeg(name) }
    self.input = input
    self.name = name
    self.isRecording = isRecording
    inputOptions = options
    summary = isRecording ? "a recording, all of it, read by ffmpeg" : "read by ffmpeg"
    filter = Self.filter(edge: shortEdge.map(FrameDecoder.decodedShortEdge))
  }

  /// No larger than serves the model, in the colours that a JPEG's numbers mean.
  private static func filter(edge: Int?) -> String {
    let size = edge.map { edge in
      "w='if(gt(iw,ih),-2,min(iw,\(edge)))':h='if(gt(iw,ih),min(ih,\(edge)),-2)':flags=area:"
    }
    return "scale=\(size ?? "")out_color_matrix=bt601:out_range=full,format=yuvj420p"
  }

  /// Whether there is an ffmpeg in the PATH.
  private static var isInstalled: Bool {
    guard let path = unsafe getenv("PATH") else { return false }
    return unsafe String(cString: path).split(separator: ":").contains { folder in
      unsafe access("\(folder)/\(program)", X_OK) == 0
    }
  }

  /// Starts ffmpeg on a thread of its own, with which it ends.
  package func start(_ intake: FrameIntake) throws(SystemError) {
    try DetachedThread.start { [self] in
      // A recording of JPEGs as they are, so that faulty ones are known by our own rule; of others there is no such file.
      if isRecording {
        let ending = run(intake, ["-c:v", "copy"], isSilent: true)
        guard case .failed = ending, intake.isEmpty else { return intake.end(ending) }
        intake.startAnew()
      }
      var ending = run(intake, ["-fps_mode", "passthrough"] + encoding)
      // That option's name before ffmpeg 5.1.
      if case .failed(let reason) = ending, reason.contains("fps_mode") {
        ending = run(intake, ["-vsync", "passthrough"] + encoding)
      }
      intake.end(ending)
    }
  }

  /// With a clock of milliseconds: that of the average rate would have two frames of a phone's video at once.
  private var encoding: [String] {
    ["-vf", filter, "-enc_time_base", "1:1000", "-c:v", "mjpeg", "-q:v", "2"]
  }

  /// Runs ffmpeg to its end; with `isSilent` what it says on the way is kept back.
  private func run(
    _ intake: FrameIntake, _ options: [String], isSilent: Bool = false
  ) -> FrameIntake.Ending {
    do {
      let (process, output, messages) = try start(options, isSilent: isSilent, intake)
      let error = StreamReader.read(output, into: intake)
      close(output)
      let ending = Self.end(of: process, soon: !intake.shouldStop)
      let last = messages.lastMessage()
      if let error { return .failed("read: \(error)") }
      if messages.lacksVideo() { return .refused("has no video") }
      switch ending {
      case .status(0): return .complete
      case .status(let status): return .failed("ffmpeg: \(last ?? "ended with status \(status)")")
      case .signal(let number): return .failed("ffmpeg was ended by signal \(number)")
      }
    } catch {
      return .failed("ffmpeg could not be started: \(error)")
    }
  }

  /// Waits for the end for a while if it comes soon; else makes it.
  private static func end(of process: ChildProcess, soon: Bool) -> ChildProcess.Ending {
    let deadline = MonotonicTime.now + grace
    while soon, !process.hasEnded, MonotonicTime.now < deadline { usleep(2000) }
    process.stop(by: SIGKILL)
    process.waitForEnd()
    return process.takeEnding()
  }

  /// Starts ffmpeg; its output, and what it says.
  private func start(
    _ options: [String], isSilent: Bool, _ intake: FrameIntake
  ) throws(SystemError) -> (ChildProcess, output: Int32, MessageReader) {
    let nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    guard nothing >= 0 else { throw .last }
    defer { close(nothing) }
    let output = try Pipe()
    let errors = try Pipe()
    let process = try ChildProcess(
      arguments(options), input: nothing, output: output.writing, errors: errors.writing,
      bond: .thread)
    let messages = try MessageReader(
      errors.takeReading(), replacing: input, by: name, isSilent ? nil : intake)
    return (process, output.takeReading(), messages)
  }

  private func arguments(_ options: [String]) -> [String] {
    [Self.program, "-nostdin", "-hide_banner", "-nostats", "-loglevel", "error"] + inputOptions
      // Not the cover of a piece of music.
      + ["-i", input, "-map", "0:V:0"] + options + ["-f", "smjpeg", "pipe:1"]
  }
}

/// A pipe, closed but for the ends that somebody has taken.
private final class Pipe {
  private var reading: Int32
  let writing: Int32

  init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw .last }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(writing)
    if reading >= 0 { close(reading) }
  }

  func takeReading() -> Int32 {
    defer { reading = -1 }
    return reading
  }
}
