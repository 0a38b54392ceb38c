import Capture
import Foundation
import Testing

extension DriverTests {
  /// What keeps a camera from being used, and what is said then.
  @Suite struct OpeningTests {
    private func failure(_ path: String, _ request: ModeRequest = ModeRequest(shortEdge: 64))
      -> CameraError?
    {
      do {
        _ = try CameraSource(path: path, request: request) { _ in }
        return nil
      } catch {
        return error
      }
    }

    @Test func nothingThere() {
      #expect(failure("/dev/video77") == .notFound("/dev/video77"))
    }

    @Test func noPermission() throws {
      try Guest.makeWebcam()
      try Guest.run("chgrp", "video", "/dev/video0")
      try #require(seteuid(65534) == 0)
      defer { seteuid(0) }
      let error = failure("/dev/video0")
      #expect(error == .permissionDenied("/dev/video0", group: "video"))
      #expect(error.map { "\($0)".contains("usermod -aG video") } == true)
    }

    @Test func inUse() throws {
      try Guest.makeWebcam()
      let other = try Guest.start([
        "v4l2-ctl", "-d", "/dev/video0", "--stream-mmap", "--stream-count=1000",
      ])
      defer { other.stop() }
      usleep(1_500_000)
      let error = failure("/dev/video0")
      let holder = "v4l2-ctl (process \(other.identifier))"
      #expect(error == .busy("/dev/video0", holders: [holder]))
    }

    @Test func noCamera() throws {
      try Guest.run("load", "vivid", "n_devs=1", "node_types=0x1")
      try Guest.makeLoopback()
      // Without a writer the loopback is an output only.
      for (path, what) in [
        ("/dev/video10", "does not capture"), ("/dev/null", "another kind"), ("/tmp", "folder"),
        (fixturePath("red.jpg"), "not a camera but a file"),
      ] {
        let error = try #require(failure(path))
        guard case .notCaptureDevice = error else {
          Issue.record("\(error)")
          continue
        }
        #expect("\(error)".contains(what))
      }
    }

    @Test func notOffered() throws {
      try Guest.makeWebcam()
      let size = ModeRequest(shortEdge: 64, size: FrameSize(width: 123, height: 45), code: .yuyv)
      let error = try #require(failure("/dev/video0", size))
      #expect("\(error)".contains("does not offer 123x45 YUYV, but YUYV in 320x180"))
      let code = ModeRequest(shortEdge: 64, code: .mjpg)
      #expect(failure("/dev/video0", code).map { "\($0)".contains("MJPG") } == true)
    }

    @Test func theCheapestModeIsTaken() throws {
      try Guest.makeWebcam()
      for (edge, size) in [(64, "320x180"), (224, "640x360"), (384, "640x480"), (700, "1280x720")] {
        let camera = try Watched().open("/dev/video0", ModeRequest(shortEdge: edge))
        guard case .started(let summary)? = camera.events.first else {
          Issue.record("\(camera.events)")
          continue
        }
        #expect(summary.contains(size), "\(edge): \(summary)")
        #expect(try camera.next() != nil)
      }
    }

    @Test func theListShowsNamesAndModes() throws {
      try Guest.makeWebcam()
      try Guest.run("mkdir", "-p", "/dev/v4l/by-id")
      try Guest.run("ln", "-sfn", "../../video0", "/dev/v4l/by-id/usb-Test_Camera-video-index0")
      let cameras = listCameras()
      let camera = try #require(cameras.first { $0.path == "/dev/video0" })
      #expect(camera.names == ["/dev/v4l/by-id/usb-Test_Camera-video-index0"])
      #expect(camera.driver == "vivid")
      let modes = camera.modes.filter { $0.code == .yuyv }
      #expect(modes.map(\.width) == [320, 640, 640, 1280, 1920, 3840])
      #expect(modes.first?.intervals.map { $0.rate.rounded() }.max() == 60)
      // The name works as well as the node.
      let named = try Watched().open(camera.names[0], ModeRequest(shortEdge: 64))
      #expect(try named.next() != nil)
    }
  }
}
