import Imaging
import TestSupport
import Testing

@Suite struct AllocationTests {
  @Test func theCounterCounts() {
    var kept: [[UInt8]] = []
    let count = Allocations.onThisThread {
      for size in 1...5 { kept.append([UInt8](repeating: 1, count: size * 100)) }
    }
    #expect(count >= 5 && kept.count == 5)
    #expect(
      Allocations.onAllThreads { kept.append([UInt8](repeating: 1, count: 999)) } >= 1)
  }

  /// From the bytes of a camera's frame to the crop, once the first frame has been seen.
  @Test(arguments: [
    "420.jpg", "422.jpg", "grey.jpg", "420-progressive.jpg", "cmyk.jpg", "orientation-6.jpg",
  ])
  func jpegFramesTakeNoMemory(_ name: String) throws {
    let file = try ImageFixtures.bytes("jpeg/\(name)")
    var decoder = ImageDecoder()
    var cropper = Cropper(Preprocessing(size: 24))
    var image = Image(width: 1, height: 1)
    var crop = Image(width: 1, height: 1)
    func frame() throws {
      _ = try decoder.decode(file.span.bytes, into: &image)
      cropper.crop(image, into: &crop)
    }
    try frame()
    try frame()
    #expect(try Allocations.onThisThread { for _ in 0..<10 { try frame() } } == 0)
  }

  @Test(arguments: PixelFormat.allCases)
  func uncompressedFramesTakeNoMemory(_ format: PixelFormat) throws {
    let layout = FrameLayout(format: format, width: 64, height: 48)
    let frame = [UInt8](repeating: 100, count: layout.byteCount)
    var cropper = Cropper(Preprocessing(size: 24))
    var image = Image(width: 1, height: 1)
    var crop = Image(width: 1, height: 1)
    func convert() throws {
      try image.load(frame.span.bytes, layout: layout)
      cropper.crop(image, into: &crop)
    }
    try convert()
    #expect(try Allocations.onThisThread { for _ in 0..<10 { try convert() } } == 0)
  }
}
