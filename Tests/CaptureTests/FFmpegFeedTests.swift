import Capture
import Foundation
import Imaging
import TestSupport
import Testing

/// Videos by way of ffmpeg.
///
/// Without it these tests are skipped, and say so.
@Suite(.enabled(if: FFmpeg.isInstalled, "SKIPPED: ffmpeg is not installed (apt install ffmpeg)"))
struct FFmpegFeedTests {
  /// The times and brightnesses of a source's frames, up to its end.
  private struct Seen {
    var infos: [FrameInfo] = []
    var colours: [[UInt8]] = []
    var events: [SourceEvent] = []
    var faults = FaultCounts()
    var size = (0, 0)

    var details: [String] {
      events.compactMap { event in
        switch event {
        case .fault(_, let detail), .message(let detail): detail
        default: nil
        }
      }
    }
  }

  private func watch(
    _ feed: FFmpegFeed, name: String, most: Int = .max, within seconds: Double = 60
  ) throws -> Seen {
    var seen = Seen()
    var events: [SourceEvent] = []
    var image = Image(width: 1, height: 1)
    let source = try FeedSource(
      name: name, feed: feed, shortEdge: 64, everyFrame: false
    ) { events.append($0) }
    let end = MonotonicTime.now + seconds
    while !source.hasEnded, seen.infos.count < most, MonotonicTime.now < end {
      let due = min(end, source.deadline ?? end) - .now
      var wanted = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&wanted, 1, Int32(max(0, due * 1000).rounded(.up)))
      guard let info = source.next(into: &image) else { continue }
      seen.infos.append(info)
      seen.size = (image.width, image.height)
      let centre = (image.height / 2 * image.width + image.width / 2) * 3
      seen.colours.append(Array(image.pixels[centre..<centre + 3]))
    }
    seen.events = events
    seen.faults = source.faults
    return seen
  }

  @Test("A video's frames come all, each with its time in the video, no larger than needed")
  func recording() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/a: b.mp4"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "color=red:size=640x360:rate=5:duration=2", "-pix_fmt", "yuv420p",
        "file:\(path)")
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      #expect(seen.infos.map(\.sequence) == Array(1...10))
      #expect(seen.infos.map(\.dropped) == [Int](repeating: 0, count: 10))
      #expect(seen.infos.map(\.position) == (0..<10).map { Double($0) / 5 })
      #expect(seen.size == (228, 128))
      #expect(seen.faults.occurred.isEmpty)
      #expect(seen.colours.allSatisfy { $0[0] > 240 && $0[1] < 15 && $0[2] < 15 })
    }
  }

  /// Frames of a telephone's videos are not equally far apart.
  @Test func timesAreTheVideosOwn() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/v.mkv"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "color=red:size=64x64:rate=10:duration=1", "-vf",
        "select='not(between(n,3,6))'", "-fps_mode", "passthrough", path)
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      #expect(seen.infos.map(\.position) == [0, 0.1, 0.2, 0.7, 0.8, 0.9])
    }
  }

  /// HD's numbers mean other colours than a JPEG's do.
  @Test(arguments: ["bt601", "bt709"])
  func coloursAreThoseOfTheVideo(matrix: String) throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/v.mkv"
      let tag = matrix == "bt601" ? "smpte170m" : "bt709"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "color=0x20C040:size=64x64:rate=5:duration=0.4", "-vf",
        "format=rgb24,scale=out_color_matrix=\(matrix):out_range=limited,format=yuv444p",
        "-colorspace", tag, "-c:v", "ffv1", path)
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      let colour = try #require(seen.colours.first)
      let wanted = [0x20, 0xC0, 0x40]
      #expect(zip(colour, wanted).allSatisfy { abs(Int($0) - $1) <= 4 }, "\(colour)")
    }
  }

  @Test func whatIsNoVideoIsSaidInFFmpegsWords() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/v.mp4"
      try Data((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 37) }).write(
        to: URL(fileURLWithPath: path))
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      #expect(seen.infos.isEmpty)
      #expect(seen.faults[.stream] == 1)
      #expect(seen.details.contains { $0.contains("ffmpeg: ") && $0.contains("Invalid data") })
    }
  }

  @Test(
    "Moving pictures of other kinds are read as videos are",
    arguments: ["a.gif", "b.y4m", "c.apng"])
  func otherKinds(name: String) throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/\(name)"
      try FFmpeg.run("-f", "lavfi", "-i", "color=red:size=64x64:rate=5:duration=2", path)
      #expect(StreamAddress(path) == .video(path))
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      #expect(seen.infos.map(\.position) == (0..<10).map { Double($0) / 5 })
      #expect(seen.faults.occurred.isEmpty)
      #expect(seen.colours.allSatisfy { $0[0] > 240 && $0[1] < 15 && $0[2] < 15 })
    }
  }

  /// The cover of a piece of music is no video either.
  @Test("What has no video says so", arguments: ["a.mp4", "b.mkv", "c.mp4"])
  func sound(name: String) throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/\(name)"
      var inputs = ["-f", "lavfi", "-i", "sine=duration=1"]
      if name == "c.mp4" {
        inputs += ["-f", "lavfi", "-i", "color=red:size=64x64:rate=1:duration=1"]
        inputs += ["-map", "0", "-map", "1", "-c:v", "mjpeg", "-disposition:v", "attached_pic"]
      }
      try FFmpeg.run(inputs + ["-c:a", "aac", path])
      let seen = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path)
      #expect(seen.infos.isEmpty && seen.faults[.stream] == 1)
      #expect(seen.details == ["has no video"])
    }
  }

  /// The password in an address is in no message.
  @Test func aServerThatIsNotThereIsGivenUp() throws {
    let url = try #require(URLAddress("rtsp://me:secret@127.0.0.1:1/x"))
    let seen = try watch(FFmpegFeed(url: url, shortEdge: 64), name: url.name)
    #expect(seen.infos.isEmpty)
    #expect(seen.faults[.stream] == 1)
    #expect(seen.details.contains { $0.contains("Connection refused") }, "\(seen.details)")
    #expect(!seen.details.contains { $0.contains("secret") }, "\(seen.details)")
  }

  /// A live stream over HTTP in another form than JPEG: it is asked again when it ends.
  @Test func aLiveStreamIsStartedAgain() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/v.ts"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "color=blue:size=64x64:rate=5:duration=1", "-f", "mpegts", path)
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
      let server = try PictureServer { _, client in
        client.send("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n")
        client.send(bytes)
      }
      defer { server.stop() }
      let url = try #require(URLAddress(server.address("/live.ts")))
      let seen = try watch(FFmpegFeed(url: url, shortEdge: 64), name: url.name, most: 6)
      #expect(seen.infos.count == 6 && seen.infos.allSatisfy { $0.position == nil })
      #expect(seen.faults[.disconnected] >= 1)
      #expect(seen.infos.map(\.sequence) == seen.infos.map(\.sequence).sorted())
    }
  }

  /// When nobody wants the frames any more, ffmpeg ends, though it would go on for ever.
  @Test func nothingIsLeftBehind() throws {
    try withTemporaryDirectory { folder in
      let path = "\(folder)/endless.mkv"
      try FFmpeg.run(
        "-f", "lavfi", "-i", "color=blue:size=64x64:rate=25:duration=400", path)
      _ = try watch(FFmpegFeed(file: path, shortEdge: 64), name: path, most: 2)
      let end = MonotonicTime.now + 20
      while FFmpeg.isRunning(on: path), MonotonicTime.now < end { usleep(20_000) }
      #expect(!FFmpeg.isRunning(on: path))
    }
  }
}
