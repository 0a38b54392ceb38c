import Foundation
import TestSupport
import Testing

/// Streams by their names: addresses and videos, with ffmpeg and without.
@Suite("mmrl-run on addresses and videos")
struct NetworkStreamTests {
  private static func stream(_ server: PictureServer.Connection, _ indices: Range<Int>) {
    server.send("HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=b\r\n\r\n")
    for index in indices {
      guard let picture = try? LiveFrames.jpeg(index) else { return }
      server.send(
        "--boundary\r\nContent-Type: image/jpeg\r\nContent-Length: \(picture.count)\r\n\r\n")
      server.send(picture + [13, 10])
    }
    server.stall()
  }

  @Test(
    "A server's pictures are classified as the same files, without ffmpeg",
    arguments: ["--stream", "--camera"])
  func server(option: String) throws {
    try Album.with { album in
      let server = try PictureServer { _, client in Self.stream(client, 0..<3) }
      defer { server.stop() }
      // When nobody reads any more, it ends.
      let every = option == "--stream" ? "--every-frame" : "--no-on-change"
      let result = try album.shell(
        "PATH=/bin; eval $run $1 $2 $3 --format jsonl | head -n $4", option,
        server.address("/video"), every, option == "--stream" ? "3" : "1")
      let records = try result.frames
      #expect(records.allSatisfy { $0.source == server.address("/video") && $0.faults.isEmpty })
      #expect(records.allSatisfy { $0.odd == nil && $0.position_s == nil })
      guard option == "--stream" else { return }
      #expect(records.map(\.sequence) == [1, 2, 3])
      let whole = try album.run(
        "--stream", album.file("w.mjpg", (0..<3).flatMap(LiveFrames.jpeg)), "--format", "jsonl")
      #expect(try whole.frames.map(\.labels) == records.map(\.labels))
    }
  }

  @Test("A server that says no ends it with status 2 and the reason")
  func refusal() throws {
    try Album.with { album in
      let server = try PictureServer { _, client in
        client.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
      }
      defer { server.stop() }
      let result = try album.run("--stream", server.address("/x"))
      #expect(result.status == 2)
      #expect(result.messages.contains("answers 404 Not Found"))
      #expect(server.requests == 1)
    }
  }

  @Test("Without ffmpeg it is said how to install it", arguments: ["--stream", "--camera"])
  func withoutFFmpeg(option: String) throws {
    try Album.with { album in
      let video = try album.file("v.mp4", [0, 0, 0, 32] + Array("ftypisom".utf8))
      for name in ["rtsp://127.0.0.1/x", "https://127.0.0.1/x", video] {
        let result = try Executable.mmrlRun.run(
          ["--model", album.model, option, name], environment: ["PATH": album.folder])
        #expect(result.status == 2)
        #expect(result.messages.contains("\(name): takes ffmpeg"), "\(result.messages)")
        #expect(result.messages.contains("apt install ffmpeg"))
      }
    }
  }

  @Test("Frames without an end are shown, which is counted and said once")
  func odd() throws {
    try Album.with { album in
      let frames = try (0..<5).flatMap { try LiveFrames.jpeg($0).dropLast(2) }
      let result = try album.run("--stream", album.file("s.mjpg", frames))
      let records = try result.frames
      #expect(records.map(\.sequence) == Array(1...5))
      #expect(records.allSatisfy { $0.faults.isEmpty && $0.dropped == 0 })
      #expect(records.map(\.odd) == (1...5).map { ["end": $0] })
      let lines = result.messages.split(separator: "\n")
      #expect(lines.count { $0.contains("lack the end marker") } == 1)
      #expect(result.messages.contains("odd (end): 5"))
    }
  }

  @Test("Of a stream of nothing but bad frames the reason is said")
  func nothingButBadFrames() throws {
    try Album.with { album in
      let run = try LiveRun(album)
      let bad = try LiveFrames.jpeg(1).dropLast(60) + [0xFF, 0xD9]
      try run.wait(for: "the reason") {
        try run.send(Array(bad))
        return run.messages.contains("no frame that can be used for")
      }
      #expect(run.messages.contains("the last one lacks data from its middle"))
      run.signal(SIGTERM)
      _ = try run.end()
    }
  }

  @Suite(
    "With ffmpeg",
    .enabled(if: FFmpeg.isInstalled, "SKIPPED: ffmpeg is not installed (apt install ffmpeg)"))
  struct WithFFmpeg {
    private func video(_ album: Album, seconds: Int, rate: Int) throws -> String {
      let path = album.folder + "/v.mp4"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=\(rate):duration=\(seconds)", "-movflags",
        "+faststart", path)
      return path
    }

    @Test("A video is timed by its own clock: times, --interval and --smooth")
    func video() throws {
      try Album.with { album in
        let path = try video(album, seconds: 4, rate: 5)
        let all = try album.run("--stream", path, "--format", "jsonl").frames
        #expect(all.map(\.sequence) == Array(1...20))
        #expect(all.map(\.position_s) == (0..<20).map { Double($0) / 5 })
        #expect(all.allSatisfy { $0.faults.isEmpty && $0.dropped == 0 })
        func date(_ record: LiveJSON) throws -> Double {
          let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
          return try style.parse(record.time).timeIntervalSince1970
        }
        let times = try all.map(date)
        for (index, time) in times.enumerated() {
          #expect(abs(time - times[0] - Double(index) / 5) < 0.002)
        }
        let some = try album.run("--stream", path, "--format", "jsonl", "--interval", "1").frames
        #expect(some.map(\.position_s) == [0, 1, 2, 3])
        #expect(some.map(\.dropped) == [0, 4, 4, 4])
        // In the table stands the place in the video.
        let table = try album.run("--stream", path, "--format", "table", "--no-on-change")
        #expect(table.lines[7].hasPrefix("0:00:01.4  "))
        // The same weights whatever the speed: an average over a time much shorter than a frame's is none.
        let short = try album.run("--stream", path, "--format", "jsonl", "--smooth", "0.005").frames
        #expect(short.map(\.answer?.label) == all.map(\.answer?.label))
      }
    }

    @Test("What an answer has to hold for is the video's own time")
    func hold() throws {
      try Album.with { album in
        let path = try video(album, seconds: 4, rate: 5)
        let answers = try album.run("--stream", path, "--format", "jsonl").frames
          .map { try $0.best().label }
        let first = try #require((5..<20).first { Set(answers[($0 - 5)...$0]).count == 1 })
        let told = try album.run(
          "--stream", path, "--format", "jsonl", "--on-change", "--hysteresis", "0", "--hold", "1s")
        #expect(try told.frames.first?.position_s == Double(first) / 5)
      }
    }

    @Test("A video of a server is a recording by what the answer says, whatever its name")
    func videoOfAServer() throws {
      try Album.with { album in
        let path = try video(album, seconds: 2, rate: 5)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let server = try PictureServer { _, client in
          client.send(
            "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: \(bytes.count)\r\n\r\n")
          client.send(bytes)
        }
        defer { server.stop() }
        for place in ["/get?id=7", "/v.mp4"] {
          let result = try album.run(
            "--stream", server.address(place), "--format", "jsonl", "--interval", "0.4")
          #expect(result.status == 0, "\(result.messages)")
          let frames = try result.frames
          #expect(frames.map(\.position_s) == [0, 0.4, 0.8, 1.2, 1.6])
          #expect(frames.map(\.dropped) == [0, 1, 1, 1, 1])
          #expect(frames.allSatisfy { $0.faults.isEmpty })
        }
      }
    }

    @Test("ffmpeg is given the address that a server redirects to")
    func redirection() throws {
      try Album.with { album in
        let server = try PictureServer { _, client in
          client.send("HTTP/1.1 302 Found\r\nLocation: rtsp://127.0.0.1:1/x\r\n\r\n")
        }
        defer { server.stop() }
        let result = try album.run("--stream", server.address("/video"))
        #expect(result.status == 2)
        #expect(result.messages.contains("gives a redirection to rtsp://127.0.0.1:1/x"))
        #expect(result.messages.contains("ffmpeg: rtsp://127.0.0.1:1/x: Connection refused"))
        #expect(server.requests == 1)
      }
    }

    @Test("Frames of a phone's video, which come at odd times, are all there at their times")
    func jitter() throws {
      try Album.with { album in
        let path = album.folder + "/v.mp4"
        try FFmpeg.run(
          "-f", "lavfi", "-i", "testsrc2=size=64x64:rate=10:duration=4", "-vf",
          "settb=1/1000,setpts=(N*100+mod(N*37\\,90))", "-fps_mode", "passthrough",
          "-enc_time_base", "1:1000", "-video_track_timescale", "1000", path)
        let frames = try album.run("--stream", path, "--format", "jsonl").frames
        #expect(frames.map(\.sequence) == Array(1...40))
        for (index, frame) in frames.enumerated() {
          let milliseconds = Double(index * 100 + index * 37 % 90)
          #expect(abs((frame.position_s ?? -1) * 1000 - milliseconds) < 1.5)
        }
      }
    }

    @Test("A faulty JPEG in a video file is dropped as one of a stream is")
    func faultyVideo() throws {
      try Album.with { album in
        let path = album.folder + "/v.avi"
        try FFmpeg.run(
          "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=10:duration=1", "-c:v", "mjpeg", path)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let starts = bytes.indices.dropLast(2).filter {
          bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD8 && bytes[$0 + 2] == 0xFF
        }
        #expect(starts.count == 10)
        let middle = (starts[4] + starts[5]) / 2
        for place in middle..<middle + 600 { bytes[place] = 0 }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let frames = try album.run("--stream", path, "--format", "jsonl").frames
        #expect(frames.map(\.sequence) == [1, 2, 3, 4, 6, 7, 8, 9, 10])
        #expect(frames.last?.faults == ["damaged": 1])
      }
    }

    @Test("ffmpeg ends with the program, also when that is killed")
    func killed() throws {
      try Album.with { album in
        let path = try video(album, seconds: 600, rate: 5)
        let process = try Executable.mmrlRun.process(
          ["--model", album.model, "--stream", path, "--format", "jsonl"])
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        func wait(until condition: () -> Bool) {
          let end = Date().addingTimeInterval(60)
          while !condition(), Date() < end { usleep(10_000) }
        }
        wait { FFmpeg.isRunning(on: path) }
        #expect(FFmpeg.isRunning(on: path))
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        wait { !FFmpeg.isRunning(on: path) }
        #expect(!FFmpeg.isRunning(on: path))
      }
    }

    @Test("What ffmpeg says is passed on", arguments: ["--stream", "--camera"])
    func messages(option: String) throws {
      try Album.with { album in
        let result = try album.run(option, "rtsp://127.0.0.1:1/x")
        #expect(result.status == 2)
        #expect(
          result.messages.contains(
            "stream: ffmpeg: rtsp://127.0.0.1:1/x: Connection refused; given up"))
      }
    }
  }
}
