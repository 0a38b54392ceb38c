import Foundation
import Glibc
import Testing

/// A terminal without anybody at it.
final class Terminal {
  private let descriptor: Int32
  private var shown: [UInt8] = []
  /// What a program has as its terminal.
  let end: FileHandle

  /// A terminal of so many columns.
  init(columns: UInt16 = 80) throws {
    var (ours, theirs): (Int32, Int32) = (-1, -1)
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    try #require(openpty(&ours, &theirs, nil, nil, &size) == 0)
    for descriptor in [ours, theirs] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ours, F_SETFL, O_NONBLOCK)
    descriptor = ours
    end = FileHandle(fileDescriptor: theirs, closeOnDealloc: true)
  }

  deinit { close(descriptor) }

  /// Starts a process and calls `body`; what was shown when the process has ended.
  func read(to process: Process, _ body: () throws -> Void = {}) throws -> String {
    try process.run()
    try body()
    while process.isRunning {
      // A terminal has room for a few lines only.
      _ = look()
      Thread.sleep(forTimeInterval: 0.01)
    }
    process.waitUntilExit()
    return look()
  }

  /// Waits until a text has been shown.
  func wait(for text: String) throws {
    let end = ContinuousClock.now + .seconds(60)
    while !look().contains(text) {
      try #require(ContinuousClock.now < end, "\(text) is not shown")
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  private func look() -> String {
    var chunk = [UInt8](repeating: 0, count: 4096)
    while case let count = Glibc.read(descriptor, &chunk, chunk.count), count > 0 {
      shown += chunk.prefix(count)
    }
    return String(decoding: shown, as: UTF8.self)
  }

  /// The lines that a program prints on a terminal of so many columns.
  static func lines(
    _ executable: Executable, _ arguments: [String], columns: UInt16,
    environment: [String: String] = [:]
  ) throws -> [String] {
    let terminal = try Terminal(columns: columns)
    let process = try executable.process(
      arguments, environment: ["COLUMNS": ""].merging(environment) { $1 })
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = terminal.end
    process.standardError = FileHandle.nullDevice
    return try terminal.read(to: process).split(separator: "\r\n").map(String.init)
  }
}
