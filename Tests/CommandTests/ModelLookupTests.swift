import Foundation
import TestSupport
import Testing

@Suite("How mmrl-run finds and reads its model")
struct ModelLookupTests {
  @Test("$MMRL_MODEL names the model when the command line does not")
  func environment() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let result = try Executable.mmrlRun.run(
        ["--format", "jsonl", album.photos], environment: ["MMRL_MODEL": album.model])
      #expect(result.status == 0)
      #expect(try result.records.first?.labels?.count == 5)
    }
  }

  @Test(
    "default.mmrl is found at or above the program's folder and in <prefix>/share/mmrl",
    arguments: ["models", "bin/models", "share/mmrl"])
  func beside(place: String) throws {
    try Album.with { album in
      try album.addImage("a.png")
      let files = FileManager.default
      let program = album.folder + "/prefix/bin/mmrl-run"
      try files.createDirectory(
        atPath: album.folder + "/prefix/bin", withIntermediateDirectories: true)
      // By another program: what a test beside this one starts would inherit our open copy, and a program that somebody writes to
      // cannot be started.
      let copying = try Executable(path: "/bin/cp").run([Executable.mmrlRun.path, program])
      try #require(copying.status == 0)
      let none = try Executable(path: program).run([album.photos])
      #expect(none.status == 2)
      #expect(none.messages.contains("no model"))
      #expect(none.messages.contains("\(album.folder)/prefix/\(place)/default.mmrl"))

      try files.createDirectory(
        atPath: "\(album.folder)/prefix/\(place)", withIntermediateDirectories: true)
      try files.copyItem(
        atPath: album.model, toPath: "\(album.folder)/prefix/\(place)/default.mmrl")
      #expect(try Executable(path: program).run([album.photos]).status == 0)
    }
  }

  @Test("A model that cannot be read is named, with what is wrong")
  func unreadable() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: album.model)))
      var flipped = whole
      flipped[whole.count / 2] ^= 1
      let damaged: [(String, [UInt8])] = [
        ("empty", []), ("text", Array("hello".utf8)), ("short", Array(whole.dropLast(9))),
        ("flipped", flipped),
      ]
      var said: Set<String> = []
      for (name, bytes) in damaged {
        let path = "\(album.folder)/\(name).mmrl"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let result = try Executable.mmrlRun.run(["--model", path, album.photos])
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.messages.hasPrefix("mmrl-run: \(path): "))
        said.insert(result.messages.replacingOccurrences(of: name, with: ""))
      }
      #expect(said.count >= 3)
      let device = try Executable.mmrlRun.run(["--model", "/dev/null", album.photos])
      #expect(device.status == 2)
      #expect(device.messages.hasPrefix("mmrl-run: /dev/null: neither a file"))
      let missing = try Executable.mmrlRun.run(["--model", "/none.mmrl", album.photos])
      #expect(missing.status == 2)
      #expect(missing.messages.contains("/none.mmrl"))
    }
  }

  @Test("Asking for labels that the model does not have is an error")
  func missingLabels() throws {
    try Album.with(ModelFixture(.clip, novelLabels: 0)) { album in
      try album.addImage("a.png")
      #expect(try album.run(album.photos).status == 0)
      let result = try album.run("--labels", "novel", album.photos)
      #expect(result.status == 2)
      #expect(result.messages.contains("no novel labels"))
    }
  }

  @Test("A model without any labels says so")
  func noLabels() throws {
    try Album.with(ModelFixture(.clip, knownLabels: 0, novelLabels: 0)) { album in
      try album.addImage("a.png")
      let result = try album.run(album.photos)
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.messages.contains("no labels"))
    }
  }
}
