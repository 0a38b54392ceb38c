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
      var taker = FrameTaker(source)
      // Buffers grow to their size: twice what is read at once, and a frame.
      #expect(taker.take(20) == 20)
      var got = 0
      #expect(Allocations.onAllThreads { got = taker.take(30) } == 0)
      #expect(got == 30)
    }
  }
}

/// Takes a source's frames and crops them, as mmrl-run does.
private struct FrameTaker: ~Copyable {
  private let source: any FrameSource
  private var cropper = Cropper(Preprocessing(size: 64))
  private var image = Image(width: 1, height: 1)
  private var crop = Image(width: 1, height: 1)

  init(_ source: any FrameSource) { self.source = source }

  /// Waits for so many frames; returns how many there were before the end, or a silence.
  mutating func take(_ wanted: Int) -> Int {
    var got = 0
    for _ in 0..<wanted * 20 where got < wanted && !source.hasEnded {
      var waiting = pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0)
      poll(&waiting, 1, 1000)
      guard source.next(into: &image) != nil else { continue }
      cropper.crop(image, into: &crop)
      got += 1
    }
    return got
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
      var taker = FrameTaker(try CameraSource(path: path, request: request) { _ in })
      #expect(taker.take(5) == 5)
      var got = 0
      #expect(Allocations.onThisThread { got = taker.take(20) } == 0)
      #expect(got == 20)
    }
  }
}
