import Capture
import Foundation
import Testing

extension DriverTests {
  /// Vivid's fault buttons, each while a camera streams or before it is opened.
  @Suite struct FaultTests {
    private let request = ModeRequest(
      shortEdge: 64, size: FrameSize(width: 320, height: 180), code: .yuyv)

    private func streaming() throws -> Watched {
      try Guest.makeWebcam()
      let camera = try Watched().open("/dev/video0", request)
      for _ in 0..<3 { #expect(try camera.next() != nil) }
      return camera
    }

    @Test func aMarkedFrameIsSkipped() throws {
      let camera = try streaming()
      try Guest.set("inject_v4l2_buf_flag_error")
      for _ in 0..<15 { #expect(try camera.next() != nil) }
      #expect(camera.faults.occurred.map(\.name) == ["marked"])
      #expect(camera.faults[.marked] == 1)
    }

    @Test func afterAFatalErrorItStreamsAgain() throws {
      let camera = try streaming()
      try Guest.set("inject_fatal_streaming_error")
      for _ in 0..<15 { #expect(try camera.next() != nil) }
      #expect(camera.faults[.stream] == 1)
      #expect(camera.faults.reconnects == 1)
    }

    @Test func aRefusedBufferIsGivenAgain() throws {
      let camera = try streaming()
      try Guest.set("inject_vidioc_qbuf_error")
      for _ in 0..<15 { #expect(try camera.next() != nil) }
      #expect(camera.faults.occurred.map(\.name) == ["queue"])
    }

    @Test(arguments: ["inject_vidioc_reqbufs_error", "inject_vidioc_streamon_error"])
    func startingMayFailOnce(_ control: String) throws {
      try Guest.makeWebcam()
      try Guest.set(control)
      let camera = try Watched().open("/dev/video0", request)
      #expect(try camera.next() != nil)
      #expect(camera.faults[.stream] == 1)
      #expect(camera.details(.stream).first?.contains("VIDIOC_") == true)
    }

    @Test func unplugAndReplug() throws {
      let camera = try streaming()
      try Guest.set("disconnect")
      var frames = 0
      while frames < 10, try camera.next() != nil { frames += 1 }
      #expect(frames == 10)
      #expect(camera.faults[.disconnected] == 1)
      #expect(camera.faults.reconnects == 1)
      let resumed = camera.events.contains { if case .resumed = $0 { true } else { false } }
      #expect(resumed)
    }

    @Test func theDeviceGoesAndComesBack() throws {
      let camera = try streaming()
      let driver = "/sys/bus/platform/drivers/vivid"
      try Guest.run("sh", "-c", "echo vivid.0 >\(driver)/unbind")
      #expect(try camera.next(within: 3) == nil)
      #expect(camera.source?.descriptor == -1)
      #expect(camera.faults[.disconnected] == 1)
      try Guest.run("sh", "-c", "echo vivid.0 >\(driver)/bind")
      #expect(try camera.next(within: 8) != nil)
      #expect(camera.faults.occurred.map(\.name) == ["disconnected", "reconnects"])
      #expect(camera.faults[.disconnected] == 1)
    }

    @Test func lostFramesAreCounted() throws {
      let camera = try streaming()
      try Guest.set("percentage_of_dropped_buffers", 50)
      var dropped = 0
      for _ in 0..<40 { dropped += try #require(try camera.next()).dropped }
      try Guest.set("percentage_of_dropped_buffers", 0)
      #expect(dropped > 10)
      #expect(camera.faults.occurred.isEmpty)
    }

    @Test func theSequenceNumberWraps() throws {
      try Guest.makeWebcam()
      try Guest.set("wrap_sequence_number")
      let camera = try Watched().open("/dev/video0", request)
      var sequences: [UInt32] = []
      var dropped = 0
      repeat {
        let info = try #require(try camera.next())
        sequences.append(info.sequence)
        dropped += info.dropped
      } while sequences.last.map { $0 > 1000 || $0 < 10 } == true
      #expect(sequences.first.map { $0 > .max - 200 } == true)
      #expect(dropped < 200)
      #expect(camera.faults.occurred.isEmpty)
    }

    @Test(arguments: [1, 2])
    func timeStampsMayWrap(_ kind: Int) throws {
      try Guest.makeWebcam()
      try Guest.set("wrap_timestamp", kind)
      let camera = try Watched().open("/dev/video0", request)
      for _ in 0..<10 {
        let info = try #require(try camera.next())
        let age = MonotonicTime.now - info.captured
        #expect(age >= 0 && age < 60)
      }
    }

    @Test func aChangedSignalIsNegotiatedAgain() throws {
      // An HDMI input whose source switches to another mode tells so by an event.
      try Guest.makeWebcam("num_inputs=1", "input_types=0x3")
      let camera = try Watched().open("/dev/video0", ModeRequest(shortEdge: 64, code: .yuyv))
      #expect(try camera.next() != nil)
      try Guest.set("dv_timings_signal_mode", 4)
      for _ in 0..<200 where camera.faults[.format] == 0 { _ = try camera.next() }
      #expect(camera.faults[.format] == 1)
    }
  }
}
