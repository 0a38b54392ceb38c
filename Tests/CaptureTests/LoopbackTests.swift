import Capture
import Foundation
import Testing

extension DriverTests {
  /// JPEG cameras: a writer at the other end of v4l2loopback sends what a test wants.
  @Suite struct LoopbackTests {
    private let request = ModeRequest(shortEdge: 224)

    private func colour(_ camera: Watched) -> String {
      let start = (camera.image.height / 2 * camera.image.width + camera.image.width / 2) * 3
      let pixel = camera.image.pixels[start..<start + 3]
      return switch pixel.firstIndex(of: pixel.max() ?? 0) {
      case start: "red"
      case start + 1: "green"
      default: "blue"
      }
    }

    private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
      let path = "/tmp/\(name)"
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      return path
    }

    @Test func framesArriveInOrder() throws {
      try Guest.makeLoopback()
      let writer = try Guest.feed(["red.jpg", "green.jpg", "blue.jpg"].map(fixturePath))
      defer { writer.stop() }
      let camera = try Watched().open("/dev/video10", request)
      var colours: [String] = []
      var sequences: [UInt32] = []
      for _ in 0..<30 {
        let info = try #require(try camera.next())
        colours.append(colour(camera))
        sequences.append(info.sequence)
      }
      // Consecutive frames are consecutive colours.
      let order = ["red": "green", "green": "blue", "blue": "red"]
      var checked = 0
      for index in 1..<30 where sequences[index] == sequences[index - 1] + 1 {
        #expect(order[colours[index - 1]] == colours[index])
        checked += 1
      }
      #expect(checked > 10)
    }

    @Test func damagedFramesAreSkippedAndCounted() throws {
      let waves = try fixture("waves.jpg")
      let cut = try file("cut.jpg", Array(waves.prefix(waves.count / 2)))
      let garbage = try file("garbage.jpg", (0..<9000).map { UInt8(truncatingIfNeeded: $0 * 7) })
      let empty = try file("short.jpg", [0xFF, 0xD8])
      try Guest.makeLoopback()
      let writer = try Guest.feed([cut, fixturePath("green.jpg"), garbage, empty])
      defer { writer.stop() }
      let camera = try Watched().open("/dev/video10", request)
      for _ in 0..<15 {
        _ = try #require(try camera.next())
        #expect(colour(camera) == "green")
      }
      #expect(camera.faults[.damaged] > 15)
      #expect(camera.details(.damaged).contains { $0.contains("ends too early") })
      #expect(camera.details(.damaged).contains { $0.contains("does not start as a JPEG") })
      #expect(camera.faults.reconnects == 0)
    }

    @Test func theFirstFramesMayBeBad() throws {
      let waves = try fixture("waves.jpg")
      let cut = try file("cut.jpg", Array(waves.prefix(4000)))
      try Guest.makeLoopback()
      let bad = [String](repeating: cut, count: 30)
      let good = [String](repeating: fixturePath("blue.jpg"), count: 300)
      let writer = try Guest.feed(bad + good)
      defer { writer.stop() }
      let camera = try Watched().open("/dev/video10", request)
      _ = try #require(try camera.next())
      #expect(colour(camera) == "blue")
      #expect(camera.faults[.damaged] > 5)
    }

    @Test func aWriterThatStopsIsWaitedFor() throws {
      try Guest.makeLoopback()
      let writer = try Guest.feed([fixturePath("red.jpg")])
      let camera = try Watched().open("/dev/video10", request)
      #expect(try camera.next() != nil)
      writer.stop()
      // Frames that are still queued, then nothing, for longer than the timeout and the first pauses.
      for _ in 0..<20 { if try camera.next(within: 2) == nil { break } }
      #expect(try camera.next(within: CameraSource.timeout + 20) == nil)
      #expect(camera.faults[.stalled] >= 1)
      let lines = camera.events.count
      #expect(lines < 8, "one line a fault, not one an attempt: \(camera.events)")
      let next = try Guest.feed([fixturePath("blue.jpg")])
      defer { next.stop() }
      #expect(try camera.next(within: 15) != nil)
      for _ in 0..<20 where colour(camera) != "blue" { _ = try camera.next(within: 1) }
      #expect(colour(camera) == "blue")
      #expect(camera.faults.reconnects >= 1)
    }

    @Test func aNewWriterMayChangeTheFormat() throws {
      try Guest.makeLoopback()
      let small = try file("small.raw", [UInt8](repeating: 128, count: 320 * 240 * 2))
      let large = try file("large.raw", [UInt8](repeating: 128, count: 640 * 480 * 2))
      let writer = try Guest.feed([large], code: "YUYV", size: (640, 480))
      let camera = try Watched().open("/dev/video10", request)
      #expect(try camera.next() != nil)
      #expect(camera.image.width == 640)
      writer.stop()
      for _ in 0..<20 { if try camera.next(within: 1) == nil { break } }
      // Wait until the camera lets go, as the driver keeps the old format while it is in use.
      for _ in 0..<20 where camera.source?.descriptor != -1 { _ = try camera.next(within: 1) }
      let next = try Guest.feed([small], code: "YUYV", size: (320, 240))
      defer { next.stop() }
      for _ in 0..<5 where camera.image.width != 320 { _ = try camera.next(within: 5) }
      #expect(camera.image.width == 320)
    }
  }
}
