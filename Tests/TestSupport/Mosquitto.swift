import Foundation
import Glibc

/// The mosquitto broker that is installed, if one is: an optional companion of tests, with its two small clients.
public final class Mosquitto {
  /// Whether broker and clients are there; where they are not, that is said once, loudly.
  public static let isInstalled: Bool = {
    let missing = ["mosquitto", "mosquitto_sub", "mosquitto_pub"].filter { path(of: $0) == nil }
    guard !missing.isEmpty else { return true }
    let text =
      "!!! SKIPPED: tests against a real broker, since there is no \(missing.joined(separator: ", "))"
    FileHandle.standardError.write(
      Data((text + " (tools/install-packages mosquitto mosquitto-clients)\n").utf8))
    return false
  }()

  private struct Failure: Error, CustomStringConvertible { var description: String }

  /// A message that a listener has heard.
  public struct Message: Equatable, Sendable {
    /// Where.
    public var topic: String
    /// What, as text; empty in a large one of bytes that are no text.
    public var payload: String
    /// How many bytes.
    public var count: Int
    /// Whether the broker had kept it.
    public var isRetained: Bool
  }

  private static func path(of name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    // Where users other than root may not look.
    let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin"]
    return folders.map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
  }

  /// Where it listens on loopback.
  public let port: Int
  private let folder: String
  private let settings: String
  private var broker: Process?
  private var count = 0
  private var listeners: [Process] = []

  /// Starts one on a free port that keeps nothing on disk.
  ///
  /// - Parameters:
  ///   - folder: for its files.
  ///   - settings: lines of its configuration, besides the listener.
  /// - Throws: when it does not start.
  public init(in folder: String, _ settings: String = "allow_anonymous true") throws {
    self.folder = folder
    self.settings = settings
    port = try Self.freePort()
    signal(SIGPIPE, SIG_IGN)
    try start()
  }

  deinit {
    for process in listeners + [broker].compactMap(\.self) where process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  /// Starts it, again.
  public func start() throws {
    count += 1
    let file = "\(folder)/broker-\(count).conf"
    try "listener \(port) 127.0.0.1\npersistence false\nlog_dest none\n\(settings)\n"
      .write(toFile: file, atomically: true, encoding: .utf8)
    broker = try run("mosquitto", ["-c", file], output: "broker-\(count).log")
    for _ in 0..<1000 {
      if (try? Client(port: port)) != nil { return }
      usleep(10_000)
    }
    throw Failure(description: "mosquitto does not start")
  }

  /// Ends it, by force: it may have been started with other signals blocked.
  public func stop() {
    if let broker { kill(broker.processIdentifier, SIGKILL) }
    broker?.waitUntilExit()
  }

  /// Has it stop working, without closing anything, or go on.
  public func freeze(_ isFrozen: Bool) {
    if let broker { kill(broker.processIdentifier, isFrozen ? SIGSTOP : SIGCONT) }
  }

  /// Publishes a message.
  public func publish(
    _ payload: String, to topic: String, isRetained: Bool = false, _ options: [String] = []
  ) throws {
    let process = try run(
      "mosquitto_pub",
      arguments(options) + ["-t", topic, "-m", payload, "-q", "1"] + (isRetained ? ["-r"] : []))
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: "mosquitto_pub") }
  }

  /// Listens to topics from now on; what is heard can be asked for.
  public func listen(to topic: String, _ options: [String] = []) throws -> Listener {
    count += 1
    let name = "heard-\(count)"
    let mark = Listener.ownTopics + name
    // Length, flag and topic in front: the payload may have anything but line ends, in hexadecimal.
    let process = try run(
      "mosquitto_sub",
      arguments(options) + ["-t", topic, "-t", mark, "-q", "1", "-F", "%r %l %t %x"], output: name)
    listeners.append(process)
    let listener = Listener(path: "\(folder)/\(name)")
    // It may take a while until it listens.
    for _ in 0..<100 {
      try publish("x", to: mark, options)
      usleep(20_000)
      if listener.all.contains(where: { $0.topic == mark }) { return listener }
    }
    throw Failure(description: "mosquitto_sub does not listen")
  }

  private func arguments(_ options: [String]) -> [String] {
    (options.contains("-h") ? [] : ["-h", "127.0.0.1"]) + ["-p", "\(port)"] + options
  }

  private func run(_ program: String, _ arguments: [String], output: String? = nil) throws
    -> Process
  {
    let process = Process()
    guard let path = Self.path(of: program) else { throw Failure(description: program) }
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    if let output {
      let url = URL(fileURLWithPath: "\(folder)/\(output)")
      try Data().write(to: url)
      process.standardOutput = try FileHandle(forWritingTo: url)
    }
    try process.run()
    return process
  }

  /// What a listener has heard.
  public struct Listener {
    let path: String

    /// Those by which it is found out whether it listens.
    static let ownTopics = "test/"

    /// All so far, in order.
    public var messages: [Message] { all.filter { !$0.topic.hasPrefix(Self.ownTopics) } }

    var all: [Message] {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").compactMap { line in
        let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let count = Int(parts[1]) else { return nil }
        let digits = Array(parts[3].utf8)
        guard digits.count == 2 * count else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
          UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
        }
        return Message(
          topic: String(parts[2]), payload: String(validating: bytes, as: UTF8.self) ?? "",
          count: count, isRetained: parts[0] == "1")
      }
    }

    /// The payloads of a topic, in order.
    public func payloads(of topic: String) -> [String] {
      messages.filter { $0.topic == topic }.map(\.payload)
    }

    /// Waits until what has been heard is enough; false when it is not in time.
    public func hears(_ isEnough: (Listener) throws -> Bool) rethrows -> Bool {
      for _ in 0..<3000 {
        if try isEnough(self) { return true }
        usleep(10_000)
      }
      return false
    }
  }

  /// A port on loopback that nothing listens on.
  public static func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
      }
    }
    guard status == 0 else { throw Failure(description: "no free port") }
    return Int(in_port_t(bigEndian: address.sin_port))
  }
}
