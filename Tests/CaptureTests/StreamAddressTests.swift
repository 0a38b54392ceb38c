import Capture
import Foundation
import TestSupport
import Testing

@Suite struct StreamAddressTests {
  @Test func addressesAreTakenApart() throws {
    let plain = try #require(URLAddress("http://camera/video?size=1#top"))
    #expect((plain.scheme, plain.host, plain.path) == ("http", "camera", "/video?size=1"))
    #expect(
      plain.port == nil && plain.user == nil && plain.name == "http://camera/video?size=1#top")
    let full = try #require(URLAddress("RTSP://me:p%40ss@10.0.0.1:8554/1"))
    #expect((full.scheme, full.host, full.port, full.path) == ("rtsp", "10.0.0.1", 8554, "/1"))
    #expect(full.user == "me:p@ss")
    #expect(full.name == "RTSP://me:***@10.0.0.1:8554/1")
    let six = try #require(URLAddress("http://[::1]:81"))
    #expect((six.host, six.port, six.path) == ("::1", 81, "/"))
    for text in ["/dev/video0", "a:b", "://x", "1http://x", "http://x:0/", "http://x:port/", "-"] {
      #expect(URLAddress(text) == nil, "\(text)")
    }
  }

  @Test func namesMeanWhatIsThere() throws {
    #expect(StreamAddress("-") == .bytes("-"))
    #expect(StreamAddress("/dev/video0") == .bytes("/dev/video0"))
    #expect(StreamAddress("/nonexistent/a.mp4") == .bytes("/nonexistent/a.mp4"))
    guard case .url = StreamAddress("rtsp://camera/1") else {
      Issue.record("no address")
      return
    }
    try withTemporaryDirectory { folder in
      func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = "\(folder)/\(name)"
        try Data(bytes + [UInt8](repeating: 0, count: 600)).write(to: URL(fileURLWithPath: path))
        return path
      }
      let videos = try [
        write("a.mp4", [1, 2, 3]), write("b", [0, 0, 0, 32] + Array("ftypisom".utf8)),
        write("c", [0x1A, 0x45, 0xDF, 0xA3]), write("d", Array("RIFF\0\0\0\0AVI LIST".utf8)),
        write("e.MKV", [9]), write("h", Array("GIF89a".utf8)),
        write("i", Array("YUV4MPEG2 W4".utf8)),
      ]
      for path in videos { #expect(StreamAddress(path) == .video(path)) }
      #expect(StreamAddress("file://\(videos[0])") == .video(videos[0]))
      let frames = try [write("f.mjpeg", [0xFF, 0xD8, 0xFF]), write("g.raw", [1, 2, 3])]
      for path in frames { #expect(StreamAddress(path) == .bytes(path)) }
    }
  }
}
