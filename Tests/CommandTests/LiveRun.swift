import Foundation
import Imaging
import TestSupport
import Testing

extension LiveJSON {
  /// The best label.
  func best() throws -> JSONAnswer { try #require(answer) }
}

extension Executable.Result {
  /// The output, read as records of frames.
  var frames: [LiveJSON] { get throws { try lines.map { try LiveJSON($0) } } }
}

/// mmrl-run at work on a stream that a test feeds, through a pipe with a name.
final class LiveRun {
  /// Beyond this a program hangs; nothing is measured by it.
  private static let timeout = 120.0
  private let process: Process
  private let folder: String
  private let fifo: Int32
  private var isFed = true

  /// Starts it on `stream` in the album's folder; `output` in place of a file.
  convenience init(_ album: Album, _ arguments: String..., output: FileHandle? = nil) throws {
    try self.init(album, arguments, output: output)
  }

  /// The same with a list of arguments.
  init(_ album: Album, _ arguments: [String], output: FileHandle? = nil) throws {
    folder = album.folder
    let stream = folder + "/stream"
    try #require(mkfifo(stream, 0o600) == 0)
    // Both ends: opening does not wait, and writing never fails.
    fifo = open(stream, O_RDWR | O_CLOEXEC | O_NONBLOCK)
    try #require(fifo >= 0)
    process = try Executable.mmrlRun.process(
      ["--model", album.model, "--stream", stream] + arguments)
    for name in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(folder)/\(name)")) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? FileHandle(forWritingTo: Self.url(folder, "out"))
    process.standardError = try FileHandle(forWritingTo: Self.url(folder, "err"))
    try process.run()
  }

  deinit {
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    endStream()
  }

  var identifier: Int32 { process.processIdentifier }

  private static func url(_ folder: String, _ name: String) -> URL {
    URL(fileURLWithPath: "\(folder)/\(name)")
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOf: Self.url(folder, name), encoding: .utf8)) ?? ""
  }

  var messages: String { text("err") }
  var output: String { text("out") }

  /// Feeds bytes that the program reads at once.
  func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    try wait(for: "bytes taken") {
      let count = rest.withUnsafeBytes { write(fifo, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) }
      return rest.isEmpty
    }
  }

  /// Feeds what fits in; whether that was all.
  func offer(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { write(fifo, $0.baseAddress, $0.count) } == bytes.count
  }

  /// Ends the stream, once the program has it open.
  func endStream() {
    if isFed { close(fifo) }
    isFed = false
  }

  /// Waits for something to become true, for as long as the program runs.
  func wait(for what: String, until condition: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(Self.timeout)
    while try !condition() {
      guard Date() < end, process.isRunning else {
        if try condition() { return }
        throw NotSeen(description: "not seen: \(what); \(text("out")) \(messages)")
      }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  struct NotSeen: Error, CustomStringConvertible { var description: String }

  /// Waits for records.
  @discardableResult
  func records(_ count: Int) throws -> [LiveJSON] {
    var lines: [Substring] = []
    try wait(for: "\(count) records") {
      let text = text("out")
      lines = text.split(separator: "\n")
      return lines.count >= count && text.hasSuffix("\n")
    }
    return try lines.map { try LiveJSON($0) }
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for its end.
  func end() throws -> Executable.Result {
    let end = Date().addingTimeInterval(Self.timeout)
    while process.isRunning, Date() < end { Thread.sleep(forTimeInterval: 0.01) }
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      Issue.record("it did not end by itself: \(messages)")
    }
    process.waitUntilExit()
    return Executable.Result(
      output: text("out"), messages: messages, status: process.terminationStatus,
      reason: process.terminationReason)
  }
}

/// Images for streams, which the album's model tells apart.
enum LiveFrames {
  /// A model whose answer changes from image to image, between known and novel labels too.
  static let model = ModelFixture(.mmrlPlusPlus, seed: 2)

  static let (width, height) = (48, 40)

  /// Coarse stripes of two colours, other ones for each index: a raw frame, for `rawFormat`.
  static func raw(_ index: Int) -> [UInt8] {
    var pixels: [UInt8] = []
    let period = 2 + index % 7
    for y in 0..<height {
      for x in 0..<width {
        let isOdd = (index % 2 == 0 ? x : y) / period % 2 == 1
        for channel in 0..<3 {
          let value = isOdd ? index * (53 + 31 * channel) : 255 - index * (29 + 17 * channel)
          pixels.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return pixels
  }

  static let rawFormat = "\(width)x\(height):rgb24"

  static func jpeg(_ index: Int) throws -> [UInt8] {
    try JPEGEncoder().encode(Image(width: width, height: height, pixels: raw(index)), quality: 90)
  }

  /// A frame that ends in the middle of its image's data.
  static func half(_ index: Int) throws -> [UInt8] {
    let whole = try jpeg(index)
    let data = whole.firstRange(of: [0xFF, 0xDA])?.upperBound ?? 0
    return Array(whole[..<((data + whole.count) / 2)])
  }
}

extension Album {
  /// Writes bytes to a file in the album's folder; returns its path.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Runs mmrl-run on raw frames in a file: all of them, one after the other.
  func classify(_ indices: some Sequence<Int>, _ arguments: String...) throws -> Executable.Result {
    let path = try file("frames.rgb", indices.flatMap(LiveFrames.raw))
    return try Executable.mmrlRun.run(
      ["--model", model, "--stream", path, "--raw", LiveFrames.rawFormat] + arguments)
  }

  /// Runs a shell's script, in which $run is mmrl-run with the model, and $1 and so on the arguments.
  func shell(_ script: String, _ arguments: String...) throws -> Executable.Result {
    let run = "'\(Executable.mmrlRun.path)' --model '\(model)'"
    return try Executable(path: "/bin/sh").run(
      ["-c", "run=\"\(run)\"; \(script)", "sh"] + arguments)
  }
}
