import Foundation
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
        // Whatever fails: the program ends with its list.
        defer { try? list.fileHandleForWriting.close() }
        list.fileHandleForWriting.write(Data("\(album.photos)/a.png\n".utf8))
        try terminal.wait(for: "a.png,")
        // The time that it takes to wonder.
        Thread.sleep(forTimeInterval: 1.1)
        list.fileHandleForWriting.write(Data("\(album.photos)/b.png\n".utf8))
        try terminal.wait(for: "\r2 images, ")
        // It is shown again a tenth of a second later at the earliest.
        Thread.sleep(forTimeInterval: 0.2)
        list.fileHandleForWriting.write(Data("\(album.photos)/c.png\n".utf8))
      }
      #expect(said.contains("\r3 images, "))
      #expect(!said.contains("\r1 images, "))
      // The line makes way for the next record.
      #expect(said.contains("\r\u{1B}[K\(album.photos)/c.png,"))
      #expect(said.contains("\r\u{1B}[Kmmrl-run: 3 images in "))
    }
  }
}
