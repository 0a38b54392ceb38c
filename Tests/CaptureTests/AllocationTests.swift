import Capture
import Foundation
import Imaging
import TestSupport
import Testing

/// Once a source runs, a frame takes no memory from the allocator: from its bytes to the crop.
@Suite struct AllocationTests {
  /// In a process of its own, since the reader's thread counts too.
  @Test func framesOfAStreamTakeNoMemory() async {
    await #expect(processExitsWith: .success) {
      let frame = try fixture("waves.jpg")
      let source = try withTemporaryDirectory { folder in
        let path = "\(folder)/frames.mjpg"
        try Data((0..<60).flatMap { _ in frame }).write(to: URL(fileURLWithPath: path))
        // It stays readable once it is open.
        return try StreamSource(path: path, content: .jpeg, shortEdge: 64, everyFrame: true) { _ in
        }
      }
      var cropper = Cropper(Preprocessing(size: 64))
      var image = Image(width: 1, height: 1)
      var crop = Image(width: 1, height: 1)
      func frames(_ wanted: Int) -> Int {
        var got = 0
        while got < wanted, !source.hasEnded {
          var waiting = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
          poll(&waiting, 1, -1)
          guard source.next(into: &image) != nil else { continue }
          cropper.crop(image, into: &crop)
          got += 1
        }
        return got
      }
      // Buffers grow to their size: twice what is read at once, and a frame.
      #expect(frames(20) == 20)
      var got = 0
      #expect(Allocations.onAllThreads { got = frames(30) } == 0)
      #expect(got == 30)
    }
  }
}

extension DriverTests {
  @Suite struct CameraAllocationTests {
    @Test(arguments: [FourCC.yuyv, .nv12])
    func rawFramesTakeNoMemory(_ code: FourCC) throws {
      try Guest.makeWebcam()
      try check("/dev/video0", ModeRequest(shortEdge: 64, code: code))
    }

    @Test func jpegFramesTakeNoMemory() throws {
      try Guest.makeLoopback()
      let writer = try Guest.feed([fixturePath("waves.jpg")])
      defer { writer.stop() }
      try check("/dev/video10", ModeRequest(shortEdge: 64))
    }

    private func check(_ path: String, _ request: ModeRequest) throws {
      let source = try CameraSource(path: path, request: request) { _ in }
      var cropper = Cropper(Preprocessing(size: 64))
      var image = Image(width: 1, height: 1)
      var crop = Image(width: 1, height: 1)
      func frames(_ wanted: Int) -> Int {
        var got = 0
        for _ in 0..<wanted * 20 where got < wanted {
          var waiting = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
          poll(&waiting, 1, 1000)
          guard source.next(into: &image) != nil else { continue }
          cropper.crop(image, into: &crop)
          got += 1
        }
        return got
      }
      #expect(frames(5) == 5)
      var got = 0
      #expect(Allocations.onThisThread { got = frames(20) } == 0)
      #expect(got == 20)
    }
  }
}
