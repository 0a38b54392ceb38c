import Basics
import Capture
import Foundation
import HTTPCapture
import Imaging
import TestSupport
import Testing

/// Frames over HTTP from a server on loopback that behaves well, and not.
@Suite struct HTTPFeedTests {
  private static let stream =
    "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"

  private static func part(_ picture: [UInt8], length: Bool = true) -> [UInt8] {
    let header = length ? "Content-Length: \(picture.count)\r\n" : ""
    return Array("--frame\r\nContent-Type: image/jpeg\r\n\(header)\r\n".utf8) + picture
      + Array("\r\n".utf8)
  }

  /// A picture of one grey.
  private static func picture(_ level: UInt8) throws -> [UInt8] {
    let image = Image(width: 32, height: 32, pixels: [UInt8](repeating: level, count: 32 * 32 * 3))
    return try JPEGEncoder().encode(image, quality: 90)
  }

  /// A source that a test looks at.
  private final class Watched {
    private(set) var events: [SourceEvent] = []
    private var source: FeedSource?
    private(set) var image = Image(width: 1, height: 1)

    init(
      _ server: PictureServer, _ path: String = "/video", everyFrame: Bool = true,
      user: String? = nil,
      substitute: ((FrameIntake.Foreign) throws(CameraError) -> any FrameFeed)? = nil
    ) throws {
      let who = user.map { "\($0)@" } ?? ""
      let url = try #require(URLAddress("http://\(who)127.0.0.1:\(server.port)\(path)"))
      source = try FeedSource(
        name: url.name, feed: HTTPFeed(url), substitute: substitute, shortEdge: 32,
        everyFrame: everyFrame
      ) { [unowned self] in events.append($0) }
    }

    var faults: FaultCounts { source?.faults ?? FaultCounts() }
    var oddities: OddityCounts { source?.oddities ?? OddityCounts() }
    var hasEnded: Bool { source?.hasEnded ?? true }
    var name: String { source?.name ?? "" }

    var details: [String] {
      events.compactMap { if case .fault(_, let detail) = $0 { detail } else { nil } }
    }

    /// The next frame's number and grey; nil at the end, or after so many seconds.
    func next(within seconds: Double = 30) -> (info: FrameInfo, level: UInt8)? {
      let end = MonotonicTime.now + seconds
      while let source, !source.hasEnded, MonotonicTime.now < end {
        let due = min(end, source.deadline ?? end) - .now
        var wanted = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
        poll(&wanted, 1, Int32(max(0, due * 1000).rounded(.up)))
        if let info = source.next(into: &image) { return (info, image.pixels[0]) }
      }
      return nil
    }
  }

  @Test(
    "Every picture of a multipart stream comes, numbered, without drops or faults",
    arguments: [true, false])
  func multipart(length: Bool) throws {
    let server = try PictureServer { _, client in
      client.send(Self.stream)
      for level in [50, 100, 150] as [UInt8] {
        guard let picture = try? Self.picture(level) else { return }
        client.send(Self.part(picture, length: length))
      }
      client.stall()
    }
    defer { server.stop() }
    let source = try Watched(server)
    for (index, level) in ([50, 100, 150] as [UInt8]).enumerated() {
      let (info, seen) = try #require(source.next())
      #expect(info.sequence == UInt32(index + 1) && info.dropped == 0)
      #expect(abs(Int(seen) - Int(level)) <= 2)
    }
    #expect(source.faults.occurred.isEmpty && source.oddities.occurred.isEmpty)
  }

  @Test func aPictureAloneIsAskedForAgain() throws {
    let server = try PictureServer { request, client in
      guard let picture = try? Self.picture(UInt8(20 + request.number * 30)) else { return }
      client.send(
        "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: \(picture.count)\r\n\r\n")
      client.send(picture)
    }
    defer { server.stop() }
    let source = try Watched(server)
    for index in 0..<3 {
      let (_, level) = try #require(source.next())
      #expect(abs(Int(level) - (20 + index * 30)) <= 2)
    }
    #expect(source.faults.occurred.isEmpty)
  }

  @Test func aServerThatClosesIsAskedAgain() throws {
    let server = try PictureServer { _, client in
      guard let picture = try? Self.picture(90) else { return }
      client.send(Self.stream)
      client.send(Self.part(picture))
      client.send(Self.part(picture))
    }
    defer { server.stop() }
    let source = try Watched(server)
    let numbers = (0..<5).compactMap { _ in source.next()?.info.sequence }
    #expect(numbers == [1, 2, 3, 4, 5])
    #expect(source.faults[.disconnected] >= 1 && source.faults.reconnects >= 1)
    #expect(source.details.contains("the stream has ended"))
    let resumed = source.events.contains { if case .resumed = $0 { true } else { false } }
    #expect(resumed)
  }

  @Test func aServerThatStallsIsAskedAgain() throws {
    let server = try PictureServer { request, client in
      guard let picture = try? Self.picture(90) else { return }
      client.send(Self.stream)
      client.send(Self.part(picture))
      client.stall()
    }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next() != nil)
    #expect(source.next(within: 40) != nil)
    #expect(source.faults[.stalled] == 1)
    #expect(source.details.contains { $0.hasSuffix("no frame for 10 s") })
  }

  /// A server of garbage never gives a frame: it is given up.
  @Test func garbageIsGivenUp() throws {
    let server = try PictureServer { _, client in
      client.send(Self.stream)
      client.send((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next(within: 60) == nil)
    #expect(source.hasEnded)
    #expect(source.faults[.stream] >= 1)
    #expect(source.details.contains { $0.contains("bytes is of a JPEG") })
  }

  @Test(
    "What will not change is said at once",
    arguments: [
      ("404 Not Found", "Content-Length: 0", "answers 404 Not Found"),
      ("401 Unauthorized", "WWW-Authenticate: Basic", "wants a name and a password"),
      ("200 OK", "Content-Type: text/html", "text/html: a page"),
      ("302 Found", "Location: /video", "redirects in a circle, back to http://127.0.0.1:"),
      ("302 Found", "Location: file:///etc/passwd", "file:///etc/passwd, which is not followed"),
      ("302 Found", "Location: http://x:port/", "http://x:port/, which is no address"),
      ("302 Found", "Server: none", "redirects to nowhere"),
    ])
  func refusals(status: String, header: String, what: String) throws {
    let server = try PictureServer { _, client in
      client.send("HTTP/1.1 \(status)\r\n\(header)\r\nConnection: close\r\n\r\n")
    }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next() == nil)
    #expect(source.hasEnded)
    #expect(source.details.count == 1 && source.details[0].contains(what), "\(source.details)")
  }

  @Test func whatIsNoServerIsSaid() throws {
    let server = try PictureServer { _, client in client.send("SSH-2.0-OpenSSH_9.2\r\n") }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next() == nil)
    #expect(source.details.contains { $0.contains("an answer that is not quite HTTP's") })
  }

  @Test func aRefusedConnectionIsTriedAFewTimes() throws {
    let server = try PictureServer { _, _ in }
    server.stop()
    // The port is free again once the listener is closed by its thread.
    let source = try Watched(server)
    #expect(source.next(within: 60) == nil)
    #expect(source.hasEnded)
    #expect(
      source.details.contains {
        $0.contains("Connection refused") || $0.contains("closed the connection")
      })
  }

  @Test func redirectionsAreFollowed() throws {
    let server = try PictureServer { request, client in
      if request.path == "/new/video" {
        guard let picture = try? Self.picture(120) else { return }
        client.send(Self.stream)
        client.send(Self.part(picture))
        client.stall()
      } else {
        client.send("HTTP/1.1 302 Found\r\nLocation: new/video\r\nContent-Length: 0\r\n\r\n")
      }
    }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next() != nil)
    #expect(server.requests == 2)
  }

  @Test func aNameAndPasswordAreSentAndNotShown() throws {
    let server = try PictureServer { request, client in
      guard request.text.contains("Authorization: Basic bWU6c2VjcmV0IQ=="),
        let picture = try? Self.picture(120)
      else { return }
      client.send(Self.stream)
      client.send(Self.part(picture))
      client.stall()
    }
    defer { server.stop() }
    let source = try Watched(server, user: "me:secret%21")
    #expect(source.next() != nil)
    #expect(source.name == "http://me:***@127.0.0.1:\(server.port)/video")
  }

  /// What is no picture is left to another feed.
  @Test(arguments: ["video/mp4", "application/octet-stream"])
  func otherKindsAreForOthers(type: String) throws {
    let server = try PictureServer { _, client in
      client.send(
        "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: 8\r\n\r\n\0\0\0 ftyp")
    }
    defer { server.stop() }
    let without = try Watched(server) { (_) throws(CameraError) in throw .needsFFmpeg("it") }
    #expect(without.next() == nil)
    #expect(without.details.contains { $0.contains("sudo apt install ffmpeg") })
    let with = try Watched(server) { _ in MadeFeed(pictures: 3) }
    #expect((0..<3).compactMap { _ in with.next()?.info.sequence } == [1, 2, 3])
    #expect(with.next() == nil && with.hasEnded)
  }

  /// What a server says of something that others must read.
  private func foreign(_ path: String, _ answer: String) throws -> FrameIntake.Foreign? {
    let server = try PictureServer { _, client in client.send("HTTP/1.1 \(answer)") }
    defer { server.stop() }
    var said: FrameIntake.Foreign?
    let source = try Watched(server, path, user: "me:a%40b") { foreign in
      said = foreign
      return MadeFeed(pictures: 1)
    }
    _ = source.next()
    return said
  }

  @Test(
    "A file that a server says the length of is a recording, whatever its name; what has no length is live",
    arguments: [
      ("/get?id=7", "video/mp4", "\0\0\0 ftyp", true, true),
      ("/get?id=7", "video/mp4", "\0\0\0 ftyp", false, false),
      ("/get?id=7", "Video/MP2T; x=1", "G12345678", true, true),
      ("/get?id=7", "application/octet-stream", "\0\0\0 ftyp", true, true),
      ("/get?id=7", "binary/octet-stream", "\0\0\0 ftyp", false, false),
      ("/get?id=7", "", "\0\0\0 ftyp", true, true),
      ("/a.mp4", "application/x-unheard-of", "\0\0\0 ftyp", true, true),
      ("/a.mp4", "text/plain", "\0\0\0 ftyp", true, true),
      ("/live.flv", "video/x-flv", "FLV", false, false),
      ("/clip.ts", "video/mp2t", "G12345678", true, true),
      ("/get?id=7", "image/gif", "GIF89a", true, true),
      ("/get?id=7", "image/png", "PNG", true, false),
      ("/list?id=7", "application/vnd.apple.mpegurl", "#EXTM3U", true, false),
      ("/list?id=7", "application/octet-stream", "#EXTM3U", true, false),
      ("/list?id=7", "application/dash+xml", "<?xml", true, false),
      ("/a.m3u8", "video/mp4", "#EXTM3U", true, false),
    ])
  func recordings(path: String, type: String, body: String, hasLength: Bool, is: Bool) throws {
    let length = hasLength ? "Content-Length: \(body.utf8.count)\r\n" : ""
    let header = type.isEmpty ? "" : "Content-Type: \(type)\r\n"
    let said = try #require(try foreign(path, "200 OK\r\n\(header)\(length)\r\n\(body)"))
    #expect(said.isRecording == `is` && said.address == nil)
  }

  @Test(
    "A redirection that others must follow tells them where to",
    arguments: [
      "rtsp://127.0.0.1:1/x", "https://me:p%41@127.0.0.1:1/x?a=b", "RTMP://127.0.0.1:1/x",
    ])
  func redirectionsOfOthers(place: String) throws {
    let said = try foreign("/video", "302 Found\r\nLocation: \(place)\r\n\r\n")
    #expect(said?.address?.text == place && said?.isRecording == nil)
    #expect(said?.kind.contains("p%41") == false)
  }

  @Test("The same server is told the same name and password after a redirection")
  func passwordsOfRedirections() throws {
    let server = try PictureServer { request, client in
      let isKnown = request.text.contains("Authorization: Basic bWU6YUBi\r\n")
      guard isKnown, request.path != "/c",
        let start = request.text.firstRange(of: "Host: 127.0.0.1:")?.upperBound
      else {
        let answer = isKnown ? "404 Not Found" : "403 Forbidden"
        client.send("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n")
        return
      }
      let port = request.text[start...].prefix { $0.isNumber }
      let place = request.path == "/a" ? "127.0.0.1:\(port)/b" : "localhost:\(port)/c"
      client.send("HTTP/1.1 302 Found\r\nLocation: http://\(place)\r\n\r\n")
    }
    defer { server.stop() }
    let source = try Watched(server, "/a", user: "me:a%40b")
    // And no other one.
    #expect(source.next() == nil && source.details.contains { $0.contains("answers 403") })
    #expect(server.requests == 3)
  }

  @Test func endlessRedirectionsEnd() throws {
    let server = try PictureServer { request, client in
      client.send("HTTP/1.1 302 Found\r\nLocation: ?next=http://x/\(request.number)\r\n\r\n")
    }
    defer { server.stop() }
    let source = try Watched(server)
    #expect(source.next() == nil && source.hasEnded && server.requests == 6)
    #expect(source.details.contains { $0.contains("redirects too often, last to") })
  }

  /// A recording of a few pictures.
  private final class MadeFeed: FrameFeed {
    let summary = "made"
    let layout = FrameSplitter.Layout.jpeg
    let isRecording = true
    private let pictures: Int

    init(pictures: Int) { self.pictures = pictures }

    func start(_ intake: FrameIntake) throws(SystemError) {
      try DetachedThread.start { [pictures] in
        for _ in 0..<pictures {
          guard let picture = try? HTTPFeedTests.picture(80) else { break }
          _ = intake.feed(upTo: picture.count) { buffer in
            buffer.copyBytes(from: picture)
            return picture.count
          }
        }
        intake.end(.complete)
      }
    }
  }
}
