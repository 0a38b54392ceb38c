import Capture
import Foundation
import Imaging
import Testing

/// Tests against real drivers, one after another; they run in the guest of tools/vcam only.
@Suite(.serialized, .enabled(if: Guest.isHere, "needs tools/vcam/run: tools/vcam/test"))
struct DriverTests {}

/// The kernel with virtual cameras that tools/vcam boots.
enum Guest {
  static let isHere = ProcessInfo.processInfo.environment["MMRL_VCAM"] != nil

  /// Runs a program to its end; throws when it fails.
  static func run(_ words: String...) throws {
    let status = try Companion(words).wait()
    struct Failed: Error { var command: [String], status: Int32 }
    guard status == 0 else { throw Failed(command: words, status: status) }
  }

  /// Starts a program that runs beside the test.
  static func start(_ words: [String]) throws -> Companion { try Companion(words) }

  /// Presses a button of vivid, or sets a control.
  static func set(_ control: String, _ value: Int = 1, device: String = "/dev/video0") throws {
    try run("v4l2-ctl", "-d", device, "-c", "\(control)=\(value)")
  }

  /// A fresh vivid webcam at /dev/video0 that shows colour bars without text on them.
  static func makeWebcam(_ parameters: String...) throws {
    try remove("vivid")
    let all = ["load", "vivid", "n_devs=1", "node_types=0x1"] + parameters
    try run("sh", "-c", all.joined(separator: " "))
    try set("osd_text_mode", 2)
    try set("test_pattern", 1)
  }

  private static func remove(_ module: String) throws {
    guard access("/sys/module/\(module)", F_OK) == 0 else { return }
    // A device that was just closed is in use for a moment longer.
    let script =
      "for i in 1 2 3 4 5 6 7 8; do /bin/busybox rmmod \(module) && exit; sleep 0.5; done"
    try run("sh", "-c", "(\(script); exit 1) 2>/dev/null")
  }

  /// A fresh loopback device at /dev/video10.
  static func makeLoopback() throws {
    try remove("v4l2loopback")
    try run("load", "v4l2loopback", "video_nr=10", "exclusive_caps=1", "max_buffers=8")
  }

  /// Starts to write files, each a frame, to the loopback device; returns when it is a camera.
  ///
  /// `log` gets a line for each frame: when its write began and ended, in nanoseconds.
  static func feed(
    _ files: [String], code: String = "MJPG", size: (Int, Int) = (640, 480), rate: Int = 25,
    count: Int = 0, log: String = "/tmp/fed"
  ) throws -> Companion {
    let numbers = ["\(size.0)", "\(size.1)", code, "\(rate)", "\(count)"]
    unlink(log)
    let process = try start(["env", "FEED_LOG=\(log)", "feed", "/dev/video10"] + numbers + files)
    var status = stat()
    for _ in 0..<200 where stat(log, &status) != 0 || status.st_size == 0 { usleep(50_000) }
    return process
  }
}

/// A program that runs until it is stopped, or nobody holds it.
///
/// Not Foundation's `Process`, whose children inherit the blocked signals of test threads.
final class Companion {
  let identifier: pid_t
  private var status: Int32?

  /// Starts a program with nothing to read, what it prints on stderr.
  init(_ words: [String], output: Int32 = STDERR_FILENO) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    // Test threads block signals; a child must not inherit that, or it could not be stopped.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child = pid_t()
    struct NotStarted: Error { var command: [String], error: Int32 }
    let error = posix_spawnp(&child, words[0], &actions, &attributes, &arguments, environ)
    guard error == 0 else { throw NotStarted(command: words, error: error) }
    identifier = child
  }

  deinit { stop() }

  /// Waits for its end; the exit status, 128 and the number for a signal.
  @discardableResult
  func wait() -> Int32 {
    if let status { return status }
    var word: Int32 = 0
    while waitpid(identifier, &word, 0) < 0, errno == EINTR {}
    let result = word & 0x7F == 0 ? (word >> 8) & 0xFF : 128 + (word & 0x7F)
    status = result
    return result
  }

  /// Ends it.
  func stop() {
    if status == nil { kill(identifier, SIGTERM) }
    wait()
  }
}

/// A source under test with all it said.
final class Watched {
  private(set) var events: [SourceEvent] = []
  private(set) var source: (any FrameSource)?
  /// When the last frame was asked for.
  private(set) var asked = MonotonicTime.now
  var image = Image(width: 1, height: 1)

  /// A camera.
  func open(_ path: String, _ request: ModeRequest) throws -> Self {
    source = try CameraSource(path: path, request: request) { [unowned self] in events.append($0) }
    return self
  }

  /// A stream.
  func open(_ path: String, _ content: StreamSource.Content, everyFrame: Bool) throws -> Self {
    source = try StreamSource(
      path: path, content: content, shortEdge: 224, everyFrame: everyFrame
    ) { [unowned self] in events.append($0) }
    return self
  }

  func close() { source = nil }

  /// Waits as mmrl-run does; returns the next frame, nil after `seconds` or at the end.
  func next(within seconds: Double = 10) throws -> FrameInfo? {
    let source = try #require(source)
    let end = MonotonicTime.now + seconds
    while MonotonicTime.now < end, !source.hasEnded || source.descriptor >= 0 {
      let until = min(end, source.deadline ?? end)
      let milliseconds = Int32(max(0, (until - .now) * 1000).rounded(.up))
      var wanted = pollfd(
        fd: source.descriptor, events: Int16(POLLIN | POLLPRI), revents: 0)
      poll(&wanted, 1, milliseconds)
      asked = .now
      if let info = source.next(into: &image) { return info }
      if source.hasEnded { return nil }
    }
    return nil
  }

  /// Details of all faults of a kind.
  func details(_ fault: Fault) -> [String] {
    events.compactMap { event in
      if case .fault(fault, let detail) = event { detail } else { nil }
    }
  }

  var faults: FaultCounts { source?.faults ?? FaultCounts() }
}
