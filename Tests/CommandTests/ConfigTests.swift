import Foundation
import TestSupport
import Testing

/// `mmrl-run --config FILE` and `mmrl-run check FILE`.
@Suite("A file of options", .timeLimit(.minutes(10)))
struct ConfigTests {
  private func check(_ album: Album, _ bytes: [UInt8]) throws -> Executable.Result {
    try Executable.mmrlRun.run(["check", try album.file("c.yaml", bytes)])
  }

  private func check(_ album: Album, _ text: String) throws -> Executable.Result {
    try check(album, Array("model: model.mmrl\n\(text)".utf8))
  }

  /// Its faults, without the file's name; line 1 names the model.
  private func faults(_ album: Album, _ text: String) throws -> [String] {
    let result = try check(album, text)
    #expect(result.status == (result.lines.last?.hasSuffix("nothing is wrong") == true ? 0 : 2))
    let path = album.folder + "/c.yaml:"
    #expect(result.messages.isEmpty, "\(result.messages)")
    return result.lines.map { $0.replacing(path, with: "") }
  }

  @Test("A sound file has nothing wrong")
  func sound() throws {
    try Album.with { album in
      let text = """
        serve: 127.0.0.1:8080
        serve-host: [cam.example.org, other.example.org]
        mqtt: mqtt://broker.lan
        mqtt-discovery: off
        unknown: 5%
        on-change: true
        no-such: 1
        threshold:
          known 0: 0.7
          Novel_1: 0.5
        ignore: unknown
        hold: 2s
        fast-decode: false
        cameras:
          - source: /dev/video0
            name: porch
            topic: front
            crop: 0.1,0.1,0.5,0.5
            labels: [known 0, novel 1]
            thresholds: {known 0: 0.9}
            hold: 3
            size: 640x480
            skip-still: true
          - source: rtsp://192.0.2.1/1
            smooth: 1
            ignore: [known 1]
          - source: film.mjpg
            every-frame: true
        """
      let one = try faults(album, text)
      #expect(one == ["8:1: there is no no-such"])
      let none = try faults(album, text.replacing("no-such: 1\n", with: ""))
      #expect(none.last?.hasSuffix("nothing is wrong") == true, "\(none)")
    }
  }

  @Test(
    "What is wrong is said with its place, by the options' own checks",
    arguments: [
      ("hodl: 3", "2:1: there is no hodl: is hold meant?"),
      ("Hold: 3", "2:1: there is no Hold: is hold meant?"),
      ("camera: x\ncameras:\n- source: y", "2:9: camera and cameras exclude each other"),
      ("serve: nowhere", "2:8: The value 'nowhere' is invalid for 'serve <address>'"),
      ("serve: 0.0.0.0:8080", "2:8: Other machines can connect to 0.0.0.0:8080"),
      ("serve: [1, 2]", "2:8: serve takes one value"), ("serve:", "2:7: serve has no value"),
      ("serve: ~", "2:8: serve has no value"), ("serve: {a: b}", "2:8: serve takes one value"),
      ("explain: yes", "2:10: explain is true or false"),
      ("explain: 'true'", "2:10: explain is true or false"),
      ("top: many", "2:6: The value 'many' is invalid for 'top <count>'"),
      ("top: 0", "2:6: top takes 1 or more"), ("threads: 1000", "2:10: threads takes 1 to 256"),
      ("stream: '-'\nsmooth: -1", "3:9: smooth takes seconds, more than 0"),
      ("stream: '-'\nhysteresis: 2", "3:13: hysteresis takes 0 to below 1"),
      ("stream: '-'\nhold: never", "3:7: The value 'never' is invalid for 'hold <count|time>'"),
      ("stream: '-'\nsize: 640x480", "3:7: size is about a camera"),
      ("labels: some", "2:9: The value 'some' is invalid for 'labels <labels>'"),
      ("threshold: {known 0: 7}", "2:13: The value 'known 0=7' is invalid for 'threshold"),
      ("threshold: [known 0=0.5, known 1=2]", "2:26: The value 'known 1=2' is invalid"),
      ("threshold: {kown 0: 0.5}", "2:13: threshold: there is no label kown 0: is known 0 meant?"),
      ("stream: '-'\nignore: [known 0, dog]", "3:19: ignore: there is no label dog"),
      ("model: other.mmrl", "2:1: model is here a second time, the first one is in line 1"),
      ("cameras: /dev/video0", "2:10: cameras is a list"), ("cameras: []", "2:10: cameras is"),
      ("cameras:\n- /dev/video0", "3:3: a camera has names with values"),
      ("cameras:\n- name: a", "3:3: a camera has a source"),
      ("cameras:\n- source: [a]", "3:11: source takes one device"),
      ("cameras:\n- source: a\n  name: x\n- source: b\n  name: x", "6:9: there are two cameras"),
      ("cameras:\n- source: a\n- source: a", "4:3: there are two cameras of the name a"),
      ("cameras:\n- source: a\n  topic: t\n- source: b\n  topic: t", "6:10: there are two"),
      ("cameras:\n- source: a\n  topic: a/b", "4:10: topic takes letters"),
      ("cameras:\n- source: a\n  on-change: true", "4:14: on-change is about what is printed"),
      ("cameras:\n- source: a\n  serve: 8080", "4:3: there is no serve"),
      ("cameras:\n- source: a\n  crop: b=0,0,1,1", "4:9: crop of a camera takes the part alone"),
      ("cameras:\n- source: a\n  crop: 1,2", "4:9: The value '1,2' is invalid for 'crop"),
      ("cameras:\n- source: a\n  labels: [dog]", "4:12: label: there is no label dog"),
      ("cameras:\n- source: a\n  fps: 5", "4:8: fps is about a camera."),
      ("stream: '-'\nmqtt: mqtt://me:hush@b", "3:7: mqtt takes a broker's address"),
      ("stream: '-'\nmqtt-name: a", "3:12: mqtt-name is about mqtt"),
      ("a: &x 1", "2:4: an anchor"), ("a: *x", "2:4: "), ("serve: 8080\n\ttop: 1", "3:1: a tab"),
      ("- a", "2:1: "), ("config: a", "2:1: there is no config"), ("help: true", "2:1: there is"),
      ("mqtt-forget: true", "2:1: there is no mqtt-forget"),
      ("---\nserve: 8080", "2:1: one document"),
    ])
  func wrong(text: String, fault: String) throws {
    try Album.with { album in
      let faults = try faults(album, text)
      #expect(faults.contains { $0.hasPrefix(fault) }, "\(faults)")
      #expect(!faults.joined().contains("hush"))
      #expect(!faults.contains { $0.contains("--") }, "\(faults)")
    }
  }

  @Test("All that is wrong is said at once, in the file's order, and nothing twice")
  func several() throws {
    try Album.with { album in
      let faults = try faults(
        album,
        """
        serve: nowhere
        serve-host: https://x/
        top: 0
        hodl: 1
        threshold: {known 0: 7, known 1: 8}
        cameras:
        - source: a
          hold: never
          crop: 1,2
        - source: b
          smooth: 0
        """)
      let places = faults.map { $0.prefix { $0 != " " } }
      #expect(
        places == ["2:8:", "3:13:", "4:6:", "5:1:", "6:13:", "6:25:", "9:9:", "10:9:", "12:11:"],
        "\(faults)")
    }
  }

  @Test("Files that are none")
  func files() throws {
    try Album.with { album in
      let large = album.folder + "/large.yaml"
      try Data().write(to: URL(fileURLWithPath: large))
      try #require(truncate(large, 1 << 30) == 0)
      let result = try Executable.mmrlRun.run(["check", large])
      #expect(result.status == 2 && result.output == "\(large): it is larger than 1 MB\n")
      let latin = try check(album, [0x61, 0x3A, 0xE9]).output
      #expect(latin.contains("c.yaml:1:3: this is not UTF-8"))
      #expect(try check(album, [0xFF, 0xFE, 0x61, 0]).output.contains("UTF-16"))
      for path in ["/nonexistent.yaml", album.folder] {
        for words in [["check", path], ["--config", path, "a.png"]] {
          let result = try Executable.mmrlRun.run(words)
          #expect(result.status == 2 && result.messages.contains("\(path): "))
        }
      }
      let model = try check(album, Array("model: other.mmrl\n".utf8))
      #expect(model.status == 2)
      #expect(model.output.contains("c.yaml:1:8: model: \(album.folder)/other.mmrl: "))
      #expect(try Executable.mmrlRun.run(["check"]).status == 64)
      #expect(try Executable.mmrlRun.run(["--config"]).status == 64)
      #expect(try Executable.mmrlRun.run(["--config", ""]).status == 64)
      let two = try Executable.mmrlRun.run(["--config", "a", "--config=b"])
      #expect(two.status == 64 && two.messages.contains("one --config"))
    }
  }

  @Test("Secrets may be in a file that others cannot read")
  func secrets() throws {
    try Album.with { album in
      let path = try album.file(
        "c.yaml",
        Array(
          """
          model: model.mmrl
          serve: 127.0.0.1:0
          token: 0123456789abcdef
          cameras:
          - source: rtsp://me:hush@192.0.2.1/1
          """.utf8))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
      let open = try Executable.mmrlRun.run(["check", path])
      #expect(open.status == 2 && open.lines.count == 2)
      #expect(open.output.contains("c.yaml:3:8: every user") && open.output.contains("chmod o-r"))
      #expect(open.output.contains("c.yaml:5:11: every user"))
      #expect(!open.output.contains("hush") && !open.output.contains("0123456789abcdef"))
      try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
      #expect(try Executable.mmrlRun.run(["check", path]).status == 0)
    }
  }

  @Test("A wrong file starts nothing, and says the same")
  func refused() throws {
    try Album.with { album in
      let path = try album.file("c.yaml", Array("model: model.mmrl\nstream: s\nhold: x\n".utf8))
      let check = try Executable.mmrlRun.run(["check", path])
      let run = try Executable.mmrlRun.run(["--config", path])
      #expect(run.status == 64 && run.output.isEmpty)
      #expect(run.messages == check.output)
      // What the command line says is wrong with itself.
      let unknown = try Executable.mmrlRun.run(["--config", path, "--hold", "2", "--nope"])
      #expect(unknown.status == 64 && unknown.messages.contains("Unknown option '--nope'"))
      let usage = try Executable.mmrlRun.run(["--config", path, "--hold", "y"])
      #expect(usage.status == 64 && usage.messages.contains("'y' is invalid for '--hold"))
    }
  }

  @Test("Options of the file hold for images, paths are meant from where it is, and options win")
  func images() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let path = try album.file(
        "c.yaml",
        Array(
          """
          model: model.mmrl
          format: jsonl
          top: 2
          explain: true
          threshold: {known 0: 0.001, known 1: 0.002}
          labels: known
          output: out.jsonl
          fast-decode: false
          """.utf8))
      func run(_ words: String...) throws -> [JSONRecord] {
        let result = try Executable.mmrlRun.run(["--config", path, album.photos] + words)
        #expect(result.status == 0, "\(result.messages)")
        let text = try String(contentsOfFile: album.folder + "/out.jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map { try JSONRecord(String($0)) }
      }
      let own = try run()[0]
      #expect(own.labels?.count == 2 && own.known_probability != nil)
      #expect(own.labels?.allSatisfy { $0.set == "known" } == true)
      #expect(try run("--top", "1")[0].labels?.count == 1)
      #expect(try run("--top=1", "--fast-decode")[0].labels?.count == 1)
      let novel = try run("--labels", "novel", "--threshold", "novel 0=0.5")[0]
      #expect(novel.labels?[0].set == "novel")
      let out = try Executable.mmrlRun.run(
        ["--config", path, album.photos, "-o", album.folder + "/else.jsonl"])
      #expect(out.status == 0)
      #expect(FileManager.default.fileExists(atPath: album.folder + "/else.jsonl"))
    }
  }

  @Test("Two streams have parts, labels, thresholds, names and holds of their own")
  func streams() throws {
    try Album.with(LiveFrames.model) { album in
      let frames = try (0..<6).flatMap { try LiveFrames.jpeg($0) }
      for name in ["one.mjpg", "two.mjpg"] { _ = try album.file(name, frames) }
      let text = """
        model: model.mmrl
        format: jsonl
        top: 9
        hold: 2
        cameras:
        - source: one.mjpg
          every-frame: true
        - source: two.mjpg
          every-frame: true
          name: door
          crop: 0.25,0.25,0.5,0.5
          labels: [known 0, known 1]
          thresholds: {known 0: 1, known 1: 1}
          hold: 1
        """
      let path = try album.file("c.yaml", Array(text.utf8))
      func run(_ words: String...) throws -> [LiveJSON] {
        let result = try Executable.mmrlRun.run(["--config", path] + words)
        #expect(result.status == 0, "\(result.messages)")
        return try result.frames
      }
      func alone(_ file: String, _ words: String...) throws -> [LiveJSON] {
        try Executable.mmrlRun.run(
          [
            "--model", album.model, "--stream", album.folder + "/" + file, "--every-frame",
            "--format", "jsonl", "--top", "9",
          ] + words
        ).frames
      }
      let all = try run()
      #expect(all.count == 12 && Set(all.map(\.source)) == ["one.mjpg", "door"])
      let one = all.filter { $0.source == "one.mjpg" }
      #expect(try one.map(\.labels) == alone("one.mjpg").map(\.labels))
      let door = all.filter { $0.source == "door" }
      #expect(door.allSatisfy { Set($0.labels.map(\.label)) == ["known 0", "known 1"] })
      #expect(door.allSatisfy { ($0.answer == nil) == (($0.labels.first?.score ?? 1) < 1) })
      #expect(door.contains { $0.answer == nil })
      // The logits are those of the part.
      let part = try alone("two.mjpg", "--crop", "0.25,0.25,0.5,0.5")
      for (mine, wanted) in zip(door, part) {
        for label in mine.labels {
          #expect(wanted.labels.first { $0.label == label.label }?.logit == label.logit)
        }
      }
      // Changes: of the first only what comes twice in a row.
      let changes = try run("--on-change")
      let held = try alone("one.mjpg", "--on-change", "--hold", "2").map(\.sequence)
      #expect(changes.filter { $0.source == "one.mjpg" }.map(\.sequence) == held)
      #expect(changes.contains { $0.source == "door" })
      // What is kept is that of a file's cameras, too, by their names.
      _ = try run("--save", album.folder + "/kept", "--save-when", "random=1")
      let kept = try FileManager.default.contentsOfDirectory(atPath: album.folder + "/kept")
      #expect(["_one-mjpg_", "_door_"].allSatisfy { name in kept.contains { $0.contains(name) } })
      // Options win over those of cameras, too.
      let whole = try run("--crop", "0,0,1,1", "--threshold", "known 0=0.0001")
      let wide = whole.filter { $0.source == "door" }
      #expect(wide.allSatisfy { $0.answer != nil })
      let other = try run("--stream", album.folder + "/one.mjpg")
      #expect(Set(other.map(\.source)) == [album.folder + "/one.mjpg"])
    }
  }

  @Test("A camera's topic is its own", .enabled(if: Mosquitto.isInstalled))
  func topics() throws {
    try Album.with(LiveFrames.model) { album in
      let broker = try Mosquitto(in: album.folder)
      let listener = try broker.listen(to: "#")
      // Pipes: the program is there until the broker has heard of both.
      let pipes = try ["one.mjpg", "two.mjpg"].map { name in
        try #require(mkfifo(album.folder + "/" + name, 0o600) == 0)
        let pipe = open(album.folder + "/" + name, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        let frame = try LiveFrames.jpeg(1)
        try #require(frame.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) } == frame.count)
        return pipe
      }
      defer { for pipe in pipes { close(pipe) } }
      let path = try album.file(
        "c.yaml",
        Array(
          """
          model: model.mmrl
          mqtt: mqtt://127.0.0.1:\(broker.port)
          mqtt-name: box
          cameras:
          - source: one.mjpg
            name: First
            topic: Front-Door
          - source: two.mjpg
            name: front door
          """.utf8))
      let program = try Executable.mmrlRun.process(["--config", path])
      program.standardOutput = FileHandle.nullDevice
      program.standardError = FileHandle.nullDevice
      try program.run()
      defer {
        kill(program.processIdentifier, SIGKILL)
        program.waitUntilExit()
      }
      #expect(
        listener.hears {
          Set($0.messages.map(\.topic)).isSuperset(of: [
            "mmrl/box/Front-Door/state", "mmrl/box/front-door/state",
          ])
        })
    }
  }

  @Test("The example of the README is a sound file")
  func example() throws {
    let readme = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("README.md")
    let text = try String(contentsOf: readme, encoding: .utf8)
    let start = try #require(text.range(of: "    # cameras.yaml\n"))
    let lines = text[start.lowerBound...].split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { $0.hasPrefix("    ") || $0.isEmpty }.map { $0.dropFirst(4) }
    let example = lines.joined(separator: "\n")
    #expect(example.contains("cameras:"))
    var fixture = ModelFixture(.clip, knownLabels: 3, novelLabels: 0)
    fixture.manifest.labelSets[0].labels = ["mug", "cat", "parcel"]
    try Album.with(fixture) { album in
      // But for the model's labels and the token, which are the reader's own.
      let named = example.replacing("model: my.mmrl", with: "model: model.mmrl")
      let result = try Executable.mmrlRun.run(
        ["check", try album.file("cameras.yaml", Array(named.utf8))],
        environment: ["MMRL_TOKEN": "0123456789abcdef"])
      #expect(result.status == 0, "\(result.output) \(result.messages)")
    }
  }
}
