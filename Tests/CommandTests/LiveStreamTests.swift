import Foundation
import TestSupport
import Testing

@Suite("mmrl-run --stream")
struct LiveStreamTests {
  private func jpegs(_ indices: Range<Int>) throws -> [UInt8] {
    try indices.flatMap(LiveFrames.jpeg)
  }

  @Test("All frames of stdin are classified with --every-frame, as the same files would be")
  func standardInput() throws {
    try Album.with { album in
      let path = try album.file("s.mjpg", jpegs(0..<6))
      let result = try album.shell("cat \"$1\" | eval $run --stream - --every-frame", path)
      #expect(result.status == 0)
      let records = try result.frames
      #expect(records.map(\.sequence) == Array(1...6))
      #expect(records.allSatisfy { $0.source == "stdin" && $0.dropped == 0 && $0.faults.isEmpty })
      for index in 0..<6 { try album.add("\(index).jpg", LiveFrames.jpeg(index)) }
      let files = try album.run("--format", "jsonl", album.photos)
      #expect(try files.records.map(\.labels) == records.map(\.labels))
      let labels = try #require(records.first).labels
      #expect(labels.map(\.set).sorted() == ["known", "known", "known", "novel", "novel"])
      #expect(Set(labels.map { "\($0.set) \($0.head)" }) == ["known fusion", "novel class"])
      #expect(records.allSatisfy { $0.age_ms + 0.1 >= $0.ms && $0.ms > 0 })
      #expect(
        records.allSatisfy {
          $0.time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil
        })
      #expect(result.messages.contains("stdin: 6 frames classified"))
    }
  }

  @Test("Of a live stream the newest frame is classified, the last one always; all others count")
  func newest() throws {
    try Album.with { album in
      let frames = (0..<200).flatMap { LiveFrames.raw($0 % 5) }
      let path = try album.file("s.rgb", frames)
      let start = Date()
      let result = try album.shell(
        "cat \"$1\" | eval $run --stream - --interval 0.5 --raw \(LiveFrames.rawFormat)", path)
      let seconds = Date().timeIntervalSince(start)
      let records = try result.frames
      #expect(Double(records.count) <= 2 + seconds / 0.5)
      #expect(records.last?.sequence == 200)
      var last = 0
      for record in records {
        #expect(record.sequence == last + record.dropped + 1)
        last = record.sequence
      }
      #expect(result.messages.contains("\(records.map(\.dropped).reduce(0, +)) dropped"))
    }
  }

  @Test("A file's frames are all classified; a pipe with a name works; its end is the program's")
  func filesAndPipes() throws {
    try Album.with { album in
      let file = try album.classify(0..<5)
      #expect(file.status == 0)
      #expect(try file.frames.map(\.sequence) == Array(1...5))

      let run = try LiveRun(album, "--every-frame")
      for index in 0..<3 { try run.send(LiveFrames.jpeg(index)) }
      let records = try run.records(3)
      #expect(records.allSatisfy { $0.source == album.folder + "/stream" })
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }

  @Test("Raw formats of one image give one result, RGB the same as a PNG file")
  func raw() throws {
    try Album.with { album in
      let (width, height) = (LiveFrames.width, LiveFrames.height)
      var results: [[JSONLabel]] = []
      for (format, bytes) in Self.frames(width: width, height: height) {
        let path = try album.file("one.\(format)", bytes + bytes)
        let result = try album.run("--stream", path, "--raw", "\(width)x\(height):\(format)")
        let records = try result.frames
        #expect(records.count == 2, "\(format): \(result.messages)")
        results += records.map(\.labels)
      }
      #expect(results.count == 14)
      #expect(Set(results.map { $0.map(\.score) }).count == 1)

      let pixels = LiveFrames.raw(3)
      try album.add(
        "a.png",
        pngFile(width: width, height: height) { x, y in
          let place = (y * width + x) * 3
          return (pixels[place], pixels[place + 1], pixels[place + 2])
        })
      let file = try album.run("--format", "jsonl", album.photos + "/a.png").records
      let path = try album.file("a.rgb", pixels)
      let stream = try album.run("--stream", path, "--raw", LiveFrames.rawFormat).frames
      let labels = try #require(file.first).labels
      #expect(labels == stream.first?.labels)
    }
  }

  /// One image of even colour in every format of luma and chroma.
  private static func frames(width: Int, height: Int) -> [(String, [UInt8])] {
    let count = width * height
    let luma: [UInt8] = (0..<count).map { (index: Int) -> UInt8 in
      let row: Int = index / width
      let step: Int = index * 7 + row * 13
      return UInt8(16 + step % 220)
    }
    let (blue, red): (UInt8, UInt8) = (90, 170)
    let pairs = stride(from: 0, to: count, by: 2)
    let yuyv = pairs.flatMap { left -> [UInt8] in [luma[left], blue, luma[left + 1], red] }
    let uyvy = pairs.flatMap { left -> [UInt8] in [blue, luma[left], red, luma[left + 1]] }
    let blues = [UInt8](repeating: blue, count: count / 4)
    let reds = [UInt8](repeating: red, count: count / 4)
    let chroma = (0..<count / 4).flatMap { _ -> [UInt8] in [blue, red] }
    return [
      ("yuyv", yuyv), ("uyvy", uyvy), ("nv12", luma + chroma), ("yu12", luma + blues + reds),
      ("yuyv422", yuyv), ("uyvy422", uyvy), ("yuv420p", luma + blues + reds),
    ]
  }

  @Test("Garbage between frames is no fault, a cut frame and a cut stream are")
  func damage() throws {
    try Album.with { album in
      let garbage = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      // Of the image's data the first half, so that more is missing than pixels of the last row of blocks.
      let cut = try LiveFrames.half(2)
      let end = Array(try LiveFrames.jpeg(4).prefix(300))
      let pieces = try [
        LiveFrames.jpeg(0), garbage, LiveFrames.jpeg(1), cut, LiveFrames.jpeg(3), end,
      ]
      let bytes = pieces.flatMap(\.self)
      let result = try album.run("--stream", album.file("s.mjpg", bytes))
      let records = try result.frames
      let whole = try album.run("--stream", album.file("w.mjpg", jpegs(0..<4))).frames
      #expect(records.map(\.labels) == [whole[0], whole[1], whole[3]].map(\.labels))
      let counts = records.map { $0.faults["damaged"] ?? 0 }
      #expect(counts == counts.sorted() && counts.last == 1)
      #expect(records.map(\.sequence) == [1, 2, 4] && records.map(\.dropped) == [0, 0, 1])
      #expect(records.last?.odd == ["padding": 1])
      #expect(result.messages.contains("damaged: 2"))
      #expect(result.status == 0)

      let raw = LiveFrames.raw(0) + LiveFrames.raw(1).prefix(100)
      let path = try album.file("s.rgb", raw)
      let short = try album.run("--stream", path, "--raw", LiveFrames.rawFormat)
      #expect(try short.frames.count == 1)
      #expect(short.messages.contains("the stream ends within a frame"))
    }
  }

  @Test(
    "A stream without a frame is status 2", arguments: [[], [1, 2, 3], [0xFF, 0xD8]] as [[UInt8]])
  func nothing(bytes: [UInt8]) throws {
    try Album.with { album in
      let result = try album.run("--stream", album.file("s.mjpg", bytes))
      #expect(result.status == 2)
      #expect(result.output.isEmpty)
      #expect(result.messages.contains("no frame that could be classified"))
    }
  }

  @Test("SIGINT and SIGTERM end it at once while a stream is silent", arguments: [SIGINT, SIGTERM])
  func signals(number: Int32) throws {
    try Album.with { album in
      let run = try LiveRun(album)
      try run.send(LiveFrames.jpeg(0))
      try run.records(1)
      run.signal(number)
      let result = try run.end()
      #expect(result.status == 0 && result.reason == .exit)
      #expect(result.messages.contains("1 frame classified"))
      #expect(try result.frames.count == 1)
    }
  }

  @Test("SIGTERM ends it while nobody reads its output")
  func blockedOutput() throws {
    try Album.with { album in
      let pipe = Pipe()
      let run = try LiveRun(album, "--every-frame", output: pipe.fileHandleForWriting)
      try pipe.fileHandleForWriting.close()
      let jpeg = try LiveFrames.jpeg(0)
      var (waiting, before) = (Int32(0), Int32(0))
      try run.wait(for: "a full pipe") {
        while run.offer(jpeg) {}
        before = waiting
        _ = ioctl(pipe.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &waiting)
        return waiting > 40_000 && waiting == before
      }
      run.signal(SIGTERM)
      let result = try run.end()
      #expect(result.status == 0 && result.reason == .exit)
      #expect(result.messages.contains("classified in"))
    }
  }

  @Test("When nobody reads any more it ends, with a frame to tell of and without")
  func closedOutput() throws {
    try Album.with { album in
      let path = try album.file("s.mjpg", jpegs(0..<3))
      let script = """
        (while cat "$1"; do :; done) 2>"$2.cat" | eval $run --stream - --every-frame 2>"$2" | head -n 1
        """
      let messages = album.folder + "/messages"
      let result = try album.shell(script, path, messages)
      #expect(result.lines.count == 1)
      let told = try String(contentsOfFile: messages, encoding: .utf8)
      #expect(told.contains("classified in"))
    }
    try Album.with { album in
      let pipe = Pipe()
      let run = try LiveRun(album, "--on-change", output: pipe.fileHandleForWriting)
      try pipe.fileHandleForWriting.close()
      try run.send(LiveFrames.jpeg(0))
      #expect(!pipe.fileHandleForReading.availableData.isEmpty)
      try pipe.fileHandleForReading.close()
      // No frame comes any more.
      let result = try run.end()
      #expect(result.status == 0 && result.reason == .exit)
      #expect(result.messages.contains("1 frame classified"))
    }
  }

  @Test("Output that cannot be written is an error", arguments: [">&-", "> /dev/full"])
  func brokenOutput(redirection: String) throws {
    try Album.with { album in
      let path = try album.file("s.mjpg", jpegs(0..<3))
      for format in ["jsonl", "csv", "table"] {
        let result = try album.shell(
          "eval \"timeout 60 $run --stream '$1' --every-frame --format \(format)\" \(redirection)",
          path)
        #expect(result.status == 2 && result.messages.contains("stdout: "), "\(result.messages)")
      }
    }
  }

  @Test(
    "What cannot be is told",
    arguments: [
      (["--stream", "/nonexistent/s"], 2, "No such file or directory"),
      (["--stream", "/tmp"], 2, "Is a directory"),
      (["--stream", "a", "--stream", "b"], 64, "one --stream only"),
      (["--stream", "http://127.0.0.1:99999/x"], 64, "is no address"),
      (["--camera", "file:///tmp/s.mp4"], 64, "named by its path"),
      (["--stream", "-", "--camera", "/dev/video0"], 64, "exclude each other"),
      (["--camera", "/dev/video0", "--raw", "4x4:nv12"], 64, "about a --stream"),
      (["--camera", "/dev/video0", "--every-frame"], 64, "about a --stream"),
      (["--stream", "-", "--raw", "4x4"], 64, "--raw"),
      (["--stream", "-", "--raw", "0x4:nv12"], 64, "--raw"),
      (["--stream", "-", "--raw", "4x4:mjpg"], 64, "yuv420p, nv12, yuyv422"),
      (["--stream", "-", "--raw", "4x4:yuv444p10le"], 64, "yuv444p10le is not read"),
      (["--stream", "http://127.0.0.1:1/", "--raw", "4x4:nv12"], 64, "is an address"),
      (["--camera", "http://127.0.0.1:1/", "--fps", "5"], 64, "that is a device"),
      (["--stream", "-", "--interval", "0"], 64, "--interval"),
      (["--stream", "-", "--smooth", "-1"], 64, "--smooth"),
      (["--stream", "-", "--hysteresis", "1"], 64, "--hysteresis"),
      (["--stream", "-", "--hold", "0"], 64, "--hold"),
      (["--stream", "-", "--hold", "-1s"], 64, "--hold"),
      (["--stream", "-", "--hold", "2m"], 64, "a number of results, as 3, or seconds, as 2s"),
      (["--stream", "-", "--hold", "1.5"], 64, "--hold"),
      (["--stream", "-", "--ignore", "knwon 0"], 2, "--ignore: there is no label knwon 0: is k"),
      (["--stream", "-", "--ignore", "zebra crossing"], 2, "is no label zebra crossing"),
      (["--stream", "-", "--threshold", "Novel=0.5"], 2, "--threshold: there is no label Novel"),
      (["--stream", "-", "--labels", "novel", "--ignore", "known 0"], 2, "no label known 0"),
      (["--stream", "-", "--threshold", "0.7"], 64, "--threshold"),
      (["--stream", "-", "--threshold", "known 0=1.1"], 64, "--threshold"),
      (["--stream", "-", "--threshold", "=0.5"], 64, "--threshold"),
      (["--stream", "-", "--exec", "true", "--exec-limit", "0"], 64, "--exec-limit"),
      (["--camera", "/dev/null"], 2, "/dev/null: not a camera but a device of another kind"),
      (["--camera", "/tmp"], 2, "/tmp: not a camera but a folder"),
      (["--camera", "/nonexistent/v"], 2, "no such device"),
      (["--camera", "/dev/null", "--camera", "/tmp"], 2, "/dev/null: not a camera"),
    ] as [([String], Int32, String)])
  func refusals(_ arguments: [String], _ status: Int32, _ words: String) throws {
    try Album.with { album in
      let result = try album.run(arguments)
      #expect(result.status == status, "\(result.messages)")
      #expect(result.messages.contains(words), "\(result.messages)")
      #expect(result.output.isEmpty)
    }
  }

  @Test("A file that cannot be written is no camera, whatever opening it for writing would say")
  func noCamera() throws {
    try Album.with { album in
      // A running program is such a file, for everybody.
      let path = Executable.mmrlRun.path
      let result = try album.run("--camera", path)
      #expect(result.status == 2)
      #expect(result.messages.contains("not a camera but a file (--stream reads files)"))
      let pipe = album.folder + "/pipe"
      try #require(mkfifo(pipe, 0o600) == 0)
      let refusal = try album.run("--camera", pipe)
      #expect(refusal.messages.contains("not a camera but a pipe"))
    }
  }
}
