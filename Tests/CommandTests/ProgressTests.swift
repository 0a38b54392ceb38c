import Foundation
import Glibc
import Testing

@Suite("mmrl-run's progress on a terminal")
struct ProgressTests {
  @Test("How many of how many, the rate and the time left, then how long it took")
  func records() throws {
    try Album.with { album in
      for index in 0..<6 { try album.addImage("\(index).png") }
      let terminal = try Terminal()
      let process = try Executable.mmrlRun.process([
        "--model", album.model, "--batch", "1", album.photos,
      ])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = terminal.end
      let said = try terminal.read(to: process)
      #expect(said.contains(/^\r[1-6] of 6, \d+\.\d\/s, \d+:\d\d left\u{1B}\[K/))
      #expect(said.contains(/\r\u{1B}\[Kmmrl-run: 6 images in \d+\.\d s, \d+\.\d\/s\r\n$/))
    }
  }

  @Test("Below records on the same terminal, once there has been time to wonder")
  func belowRecords() throws {
    try Album.with { album in
      for name in ["a.png", "b.png", "c.png"] { try album.addImage(name) }
      let terminal = try Terminal()
      let process = try Executable.mmrlRun.process([
        "--model", album.model, "--batch", "1", "--format", "csv", "--top", "1", "-",
      ])
      let list = Pipe()
      process.standardInput = list
      process.standardOutput = terminal.end
      process.standardError = terminal.end
      let said = try terminal.read(to: process) {
        list.fileHandleForWriting.write(Data("\(album.photos)/a.png\n".utf8))
        // The time that it takes to wonder.
        Thread.sleep(forTimeInterval: 1.1)
        list.fileHandleForWriting.write(Data("\(album.photos)/b.png\n".utf8))
        try terminal.wait(for: "\r2 images, ")
        // It is shown again a tenth of a second later at the earliest.
        Thread.sleep(forTimeInterval: 0.2)
        list.fileHandleForWriting.write(Data("\(album.photos)/c.png\n".utf8))
        try list.fileHandleForWriting.close()
      }
      #expect(said.contains("\r3 images, "))
      #expect(!said.contains("\r1 images, "))
      // The line makes way for the next record.
      #expect(said.contains("\r\u{1B}[K\(album.photos)/c.png,"))
      #expect(said.contains("\r\u{1B}[Kmmrl-run: 3 images in "))
    }
  }
}

/// A terminal without anybody at it.
private final class Terminal {
  private let descriptor: Int32
  private var shown: [UInt8] = []
  /// What a program has as its terminal.
  let end: FileHandle

  init() throws {
    var (ours, theirs): (Int32, Int32) = (-1, -1)
    try #require(openpty(&ours, &theirs, nil, nil, nil) == 0)
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
    // A few lines: the terminal has room for them.
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
}
