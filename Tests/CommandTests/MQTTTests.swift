import Foundation
import TestSupport
import Testing

/// `mmrl-run --mqtt`: its options, and that a broker hears what a stream shows.
@Suite(.timeLimit(.minutes(10)))
struct MQTTTests {
  @Test(arguments: [
    (["--mqtt", "broker"], "mqtt://"), (["--mqtt", "mqtt://"], "no host"),
    (["--mqtt", "mqtt://b:0"], "0 is no port"), (["--mqtt", "mqtt://b:70000"], "70000 is no port"),
    (["--mqtt", "mqtt://b/topic"], "nothing follows"),
    (["--mqtt", "mqtt://me:hush@b"], "$MMRL_MQTT_PASSWORD"),
    (["--mqtt", "mqtt://b", "--mqtt-name", "a/b"], "--mqtt-name"),
    (["--mqtt", "mqtt://b", "--mqtt-name", "#"], "--mqtt-name"),
    (["--mqtt", "mqtt://b", "--mqtt-name", ""], "--mqtt-name"),
    (["--mqtt", "mqtt://b", "--mqtt-discovery", "a/+"], "--mqtt-discovery"),
    (["--mqtt", "mqtt://b", "--mqtt-discovery", ""], "--mqtt-discovery"),
    (["--mqtt", "mqtt://b", "--mqtt-login", "/nonexistent"], "/nonexistent: No such file"),
    (["--mqtt", "mqtts://b", "--mqtt-ca", "/nonexistent"], "/nonexistent: No such file"),
    (["--mqtt", "mqtts://b", "--mqtt-ca", "/dev/null"], "no certificates"),
    (["--mqtt", "mqtt://b", "--mqtt-ca", "/dev/null"], "mqtts://"),
    (["--mqtt-image"], "--mqtt-image is about --mqtt"), (["--mqtt-forget"], "about --mqtt"),
    (["--mqtt", "mqtt://b", "--mqtt-forget"], "takes no"),
  ])
  func wrongUsage(options: [String], what: String) throws {
    let result = try Executable.mmrlRun.run(["--stream", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.messages.contains(what), "\(result.messages)")
    #expect(!result.messages.contains("hush"))
  }

  @Test func loginAndImages() throws {
    let broker = ["--mqtt", "mqtt://b"]
    let images = try Executable.mmrlRun.run(["a.png"] + broker)
    #expect(images.status == 64 && images.messages.contains("--mqtt is about a --camera"))
    let lonely = try Executable.mmrlRun.run(
      ["--stream", "/dev/null"] + broker, environment: ["MMRL_MQTT_PASSWORD": "hush"])
    #expect(lonely.status == 64 && lonely.messages.contains("no $MMRL_MQTT_USER"))
    try withTemporaryDirectory { folder in
      let path = folder + "/login"
      try Data("me:hush".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      let open = try Executable.mmrlRun.run(
        ["--stream", "/dev/null"] + broker + ["--mqtt-login", path])
      #expect(open.status == 64 && open.messages.contains("chmod o-r"))
      #expect(!open.messages.contains("hush"))
    }
  }

  @Test("The help names the rarely used options where it is asked for")
  func help() throws {
    let short = try Executable.mmrlRun.run(["--help"], environment: ["COLUMNS": "80"])
    #expect(short.lines.contains { $0.contains("--mqtt <address>") })
    #expect(!short.output.contains("--mqtt-ca"))
    #expect(try Executable.mmrlRun.run(["--help-hidden"]).output.contains("--mqtt-ca"))
  }

  @Test(
    "A broker hears the answer, and of the end: also of one by force",
    .enabled(if: Mosquitto.isInstalled))
  func publishing() throws {
    for number in [SIGTERM, SIGKILL] {
      try Album.with(LiveFrames.model) { album in
        let broker = try Mosquitto(in: album.folder)
        let listener = try broker.listen(to: "#")
        let run = try LiveRun(
          album, "--every-frame", "--format", "jsonl", "--mqtt", "mqtt://127.0.0.1:\(broker.port)",
          "--mqtt-name", "box", "--mqtt-image")
        for index in 0..<5 { try run.send(LiveFrames.jpeg(index)) }
        let records = try run.records(5)
        let status = "mmrl/box/status"
        #expect(listener.hears { $0.payloads(of: status) == ["online"] })
        let state = try #require(
          listener.messages.map(\.topic).first { $0.hasSuffix("/state") })
        let base = state.dropLast(6)
        let labels = records.map { $0.answer?.label ?? "unknown" }
        #expect(listener.hears { $0.payloads(of: state).last.map(labels.contains) == true })
        // The same bytes as on stdout.
        let output = run.output
        #expect(
          listener.payloads(of: "\(base)/result").allSatisfy { output.contains($0 + "\n") })
        #expect(
          listener.hears { $0.messages.contains { $0.topic == "\(base)/image" && $0.count > 0 } })
        #expect(listener.payloads(of: "\(base)/problem") == ["OFF"])
        #expect(listener.payloads(of: "homeassistant/device/mmrl_box/config").count == 1)

        // Another model, as after SIGHUP.
        try ModelFixture(.clip, knownLabels: 1, novelLabels: 0).write(to: album.folder + "/new")
        try #require(rename(album.folder + "/new", album.model) == 0)
        try broker.publish("reload", to: "mmrl/box/command")
        let frame = try LiveFrames.jpeg(1)
        // It is taken between two frames.
        try run.wait(for: "the other model") {
          _ = run.offer(frame)
          return run.messages.contains("replaced, now 1 label")
        }
        #expect(
          listener.hears {
            $0.payloads(of: "homeassistant/device/mmrl_box/config").last?
              .contains(#"["known 0","unknown"]"#) == true
          })
        run.signal(number)
        #expect(listener.hears { $0.payloads(of: status).last == "offline" })
        _ = try run.end()

        let forgotten = try Executable.mmrlRun.run([
          "--mqtt", "mqtt://127.0.0.1:\(broker.port)", "--mqtt-name", "box", "--mqtt-forget",
        ])
        #expect(forgotten.status == 0 && forgotten.messages.contains("forgot 7 topics of mmrl/box"))
        let gone = try Executable.mmrlRun.run([
          "--mqtt", "mqtt://127.0.0.1:1", "--mqtt-forget",
        ])
        #expect(gone.status == 2 && gone.messages.contains("cannot be reached"))
      }
    }
  }

  @Test("A broker that is away does not matter to the results", .enabled(if: Mosquitto.isInstalled))
  func away() throws {
    try Album.with { album in
      let port = try Mosquitto.freePort()
      let run = try LiveRun(album, "--every-frame", "--mqtt", "mqtt://127.0.0.1:\(port)")
      for index in 0..<5 { try run.send(LiveFrames.jpeg(index)) }
      try run.records(5)
      try run.wait(for: "a line about it") { run.messages.contains("cannot be reached") }
      run.endStream()
      #expect(try run.end().status == 0)
      #expect(run.messages.ranges(of: "cannot be reached").count == 1)
    }
  }
}
