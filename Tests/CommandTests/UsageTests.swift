import Foundation
import Testing

@Suite("What mmrl-run says of wrong usage")
struct UsageTests {
  @Test("An option that does not exist is named, and where the help is")
  func unknownOption() throws {
    let result = try Executable.mmrlRun.run(["--nope"])
    #expect(result.status == 64)
    #expect(result.messages.contains("Unknown option '--nope'"))
    #expect(result.messages.contains("See 'mmrl-run --help' for more information."))
    #expect(try Executable.mmrlRun.run([]).messages.contains("Name images or folders"))
  }

  @Test("A subcommand after options is told where it belongs, unless it is a file's name")
  func misplacedSubcommand() throws {
    try Album.with { album in
      let result = try album.run("bench")
      #expect(result.status == 64)
      #expect(result.messages.contains("a subcommand comes first: mmrl-run bench"))
      try album.addImage("bench")
      let file = try album.shell(#"cd "$PHOTOS" && "$RUN" --model "$MODEL" --format jsonl bench"#)
      #expect(try file.records.map(\.path) == ["bench"])
      #expect(file.status == 0)
    }
  }

  @Test("Where no input could be classified the status is 2, where some could not it is 1")
  func status() throws {
    try Album.with { album in
      let none = try album.run("--format", "jsonl", "/nonexistent.png", "/none.png")
      #expect(none.status == 2)
      #expect(try none.records.map(\.path) == ["/nonexistent.png", "/none.png"])
      try album.addImage("a.png")
      #expect(try album.run("/nonexistent.png", album.photos).status == 1)
    }
  }

  @Test(
    "An empty name or command is refused",
    arguments: [
      ["--model", "", "a.png"], ["--output", "", "a.png"], ["--stream", ""], ["--camera", ""],
      ["--stream", "-", "--exec", " "], ["--stream", "-", "--ignore", " "],
    ])
  func emptyNames(_ arguments: [String]) throws {
    let result = try Executable.mmrlRun.run(arguments)
    #expect(result.status == 64)
    let option = try #require(arguments.last { $0.hasPrefix("--") })
    #expect(result.messages.contains(option) && result.messages.contains(" take"))
  }
}
