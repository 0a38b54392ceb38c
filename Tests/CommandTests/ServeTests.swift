import Foundation
import TestSupport
import Testing

/// `mmrl-run --serve`: its options, and that it serves what a stream shows.
@Suite struct ServeTests {
  private static let photo = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("CaptureTests/Fixtures/waves.jpg").path

  @Test(arguments: [
    (["--serve", "nowhere"], "nowhere"), (["--serve", "0.0.0.0:8080"], "--token"),
    (["--serve", "[::]:8080"], "--token"), (["--serve", "8080", "--token", "short"], "16"),
    (["--token", "0123456789abcdef"], "--serve"),
    (["--serve-host", "cam.example.org"], "--serve-host is about --serve"),
    (["--serve", "8080", "--serve-host", "https://cam.example.org/"], "--serve-host"),
  ])
  func wrongUsage(options: [String], what: String) throws {
    let result = try Executable.mmrlRun.run(["--stream", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.messages.contains(what))
    #expect(result.output.isEmpty)
  }

  @Test func addressInUse() throws {
    try withServer { port, _ in
      let result = try Executable.mmrlRun.run(
        ["--model", TinyCLIP.model, "--stream", "/dev/null", "--serve", "\(port)"])
      #expect(result.status == 2)
      #expect(result.messages.contains("the port is in use"))
    }
  }

  @Test func servesWhatAStreamShows() throws {
    try withServer(environment: ["MMRL_TOKEN": "0123456789abcdef"]) { port, input in
      let jpeg = try Data(contentsOf: URL(fileURLWithPath: Self.photo))
      #expect(try Client(port: port).get("/healthz").status == 401)
      let token = "?token=0123456789abcdef"
      // A frame a time until the server has seen one.
      var health = 0
      for _ in 0..<600 where health != 200 {
        try input.write(contentsOf: jpeg)
        usleep(50_000)
        health = try Client(port: port).get("/healthz" + token).status
      }
      #expect(health == 200)
      let metrics = try Client(port: port).get("/metrics" + token).text
      #expect(metrics.contains("mmrl_build_info{version=\"mmrl-run"))
      #expect(!metrics.contains("mmrl_frames_classified_total{source=\"stdin\"} 0\n"))
    }
  }

  @Test("Alone it says of images that are sent what it says of files, by the newest model")
  func alone() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let file = [UInt8](try Data(contentsOf: URL(fileURLWithPath: album.photos + "/a.png")))
      let model = ["--model", album.model]
      let options = [
        "--top", "3", "--explain", "--crop", "0.1,0.2,0.5,0.6", "--threshold", "known 0=0.9",
        "--no-fast-decode",
      ]
      for options in [options, ["--labels", "novel"]] {
        let wanted = try Executable.mmrlRun.run(
          model + options + ["--format", "jsonl", album.photos]
        ).lines[0]
        var record = try JSONDecoder().decode(SentJSON.self, from: Data(wanted.utf8))
        record.path = nil
        try withServer(model + options, endsBy: SIGTERM) { port, _ in
          func send() throws -> SentJSON {
            let answer = try Client(port: port).classify(file, type: "image/png")
            return try JSONDecoder().decode(SentJSON.self, from: Data(answer.body))
          }
          #expect(try send() == record)
          #expect(try Client(port: port).get("/v2/health/ready").status == 200)
          guard options.count == 2 else { return }
          let other = album.folder + "/other.mmrl"
          try ModelFixture(.clip, knownLabels: 0, novelLabels: 1).write(to: other)
          try #require(rename(other, album.model) == 0)
          var labels: [String]?
          for _ in 0..<600 where labels != ["novel 0"] {
            usleep(50_000)
            labels = try send().labels?.map(\.label)
          }
          #expect(labels == ["novel 0"])
        }
      }
    }
  }

  @Test(
    "Alone it has nothing to decide over time, nor anybody to tell",
    arguments: [
      ["--hold", "3"], ["--exec", "true"], ["--mqtt", "mqtt://b"], ["--all-files"],
      ["--crop", "1,2,30,40"], ["--crop", "cam=0,0,1,1"], ["--output", "x"],
      ["--teach", "x", "--token", "0123456789abcdef"],
    ])
  func aloneWithout(options: [String]) throws {
    let result = try Executable.mmrlRun.run(["--serve", "127.0.0.1:0"] + options)
    #expect(result.status == 64)
    #expect(result.messages.contains(options[0]), "\(result.messages)")
  }

  @Test("A camera of a file that is looked at once a minute is not ill after ten seconds")
  func slowCamera() throws {
    try Album.with { album in
      let text = "model: model.mmrl\ncameras: [{source: '-', interval: 60}]\n"
      let path = try album.file("c.yaml", Array(text.utf8))
      try withServer(["--config", path]) { port, _ in
        let client = try Client(port: port)
        client.send("GET /events HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
        #expect(client.wait(for: "\"timeout\":180"))
      }
    }
  }

  /// Runs `mmrl-run --serve` on a free port while `body` runs.
  private func withServer(
    _ arguments: [String] = ["--model", TinyCLIP.model, "--stream", "-"],
    environment: [String: String] = [:], endsBy signal: Int32? = nil,
    _ body: (_ port: Int, _ input: FileHandle) throws -> Void
  ) throws {
    let process = try Executable.mmrlRun.process(
      arguments + ["--serve", "127.0.0.1:0"], environment: environment)
    let (input, messages) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = FileHandle.nullDevice
    process.standardError = messages
    try process.run()
    defer {
      // The end of the stream is the end of the program.
      try? input.fileHandleForWriting.close()
      if let signal { kill(process.processIdentifier, signal) }
      process.waitUntilExit()
      if signal != nil { #expect(process.terminationStatus == 0) }
    }
    var text = ""
    while !text.contains("/\n") {
      let bytes = messages.fileHandleForReading.availableData
      try #require(!bytes.isEmpty, "it ended: \(text)")
      text += String(decoding: bytes, as: UTF8.self)
    }
    let address = try #require(text.firstMatch(of: #/serving at http://127\.0\.0\.1:([0-9]+)//#))
    try body(#require(Int(address.1)), input.fileHandleForWriting)
  }
}
