import Capture
import Foundation
import Synchronization
import Testing

extension DriverTests {
  /// At the result a frame is no older than one interval and the time that decoding and classifying take.
  ///
  /// That rests on one rule: when a frame is taken, the next one is not there yet. Then the frame's age is at most
  /// the time to the next one, which is the interval as the camera kept it.
  @Suite struct FreshnessTests {
    /// A frame that was classified.
    private struct Taken {
      var captured: MonotonicTime
      var asked: MonotonicTime
      var result: MonotonicTime
    }

    private func take(_ count: Int, from camera: Watched, classifying: Double) throws -> [Taken] {
      try (0..<count).map { _ in
        let info = try #require(try camera.next())
        usleep(UInt32(classifying * 1e6))
        return Taken(captured: info.captured, asked: camera.asked, result: .now)
      }
    }

    /// Every frame, on any machine: the writer says when it wrote which frame, so that a pause of the machine
    /// lengthens the interval that is checked against.
    @Test(arguments: [0, 0.02, 0.05, 0.15, 0.7])
    func noNewerFrameIsThere(classifying: Double) throws {
      try Guest.makeLoopback()
      let log = "/tmp/written"
      let writer = try Guest.feed([fixturePath("red.jpg")], rate: 30, log: log)
      defer { writer.stop() }
      let camera = try Watched().open("/dev/video10", ModeRequest(shortEdge: 64))
      // The loopback's first one is of no write.
      _ = try camera.next()
      let taken = try take(classifying > 0.5 ? 8 : 30, from: camera, classifying: classifying)
      // The frame after the last one is written by then.
      _ = try camera.next()
      _ = try camera.next()
      let text = try String(contentsOfFile: log, encoding: .utf8)
      let written = text.split(separator: "\n").compactMap { line -> (Int64, Int64)? in
        let times = line.split(separator: " ").compactMap { Int64($0) }
        return times.count == 2 ? (times[0], times[1]) : nil
      }
      var oldest = 0.0
      for frame in taken {
        // The driver's stamp, in whole microseconds, is from within the write.
        let index = try #require(
          written.lastIndex { $0.0 / 1000 * 1000 <= frame.captured.nanoseconds })
        #expect(frame.captured.nanoseconds <= written[index].1)
        try #require(index + 1 < written.count)
        let next = MonotonicTime(nanoseconds: written[index + 1].1)
        let interval = next - frame.captured
        let work = frame.result - frame.asked
        #expect(frame.result - frame.captured <= interval + work)
        oldest = max(oldest, frame.result - frame.captured - work)
      }
      print("classifying takes \(classifying) s: at most \(oldest) s older than that")
    }

    /// With a driver that has nowhere to put new frames when all buffers are full: the newest one there may be stale then.
    ///
    /// Vivid tells the time of a frame as it should have been; it comes as much later as the kernel's tick and
    /// other work on this processor delay the driver's thread. A clock beside it is delayed alike.
    @Test(arguments: [0.01, 0.1, 0.6])
    func fullBuffersAreNotTrusted(classifying: Double) throws {
      try Guest.makeWebcam()
      try Guest.set("timestamp_source", 1)
      let camera = try Watched().open(
        "/dev/video0",
        ModeRequest(shortEdge: 64, size: FrameSize(width: 320, height: 180), rate: 15, code: .yuyv))
      let clock = Metronome()
      let taken = try take(12, from: camera, classifying: classifying)
      let delay = clock.stop()
      let interval = try #require(camera.source?.interval)
      let tick = 0.01
      let oldest = taken.map { $0.asked - $0.captured }.max() ?? 0
      print(
        "classifying takes \(classifying) s, interval \(interval) s: oldest when taken \(oldest) s,",
        "clock beside it late by up to \(delay) s")
      #expect(oldest <= interval + 2 * tick + delay)
    }
  }
}

/// A thread that wants to wake often, and how late it was at worst.
private final class Metronome: Sendable {
  private struct State {
    var worst = 0.0
    var shouldStop = false
    var hasStopped = false
  }

  private static let period = 0.002
  private let state = Mutex(State())

  init() {
    Thread.detachNewThread { [self] in
      var last = MonotonicTime.now
      while !state.withLock({ $0.shouldStop }) {
        usleep(UInt32(Self.period * 1e6))
        let now = MonotonicTime.now
        state.withLock { $0.worst = max($0.worst, now - last - Self.period) }
        last = now
      }
      state.withLock { $0.hasStopped = true }
    }
  }

  /// Ends it; how many seconds late it was at worst.
  func stop() -> Double {
    state.withLock { $0.shouldStop = true }
    while !state.withLock({ $0.hasStopped }) { usleep(1000) }
    return state.withLock { $0.worst }
  }
}
