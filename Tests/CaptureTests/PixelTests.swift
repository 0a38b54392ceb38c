import Capture
import Foundation
import Imaging
import Testing

extension DriverTests {
  /// Every pixel of vivid's colour bars, in each format that we read.
  ///
  /// The expected image comes from the bytes that v4l2-ctl gets from the same driver, by the
  /// definitions of ITU-R BT.601, BT.709, BT.2020 and SMPTE 240M in double precision.
  @Suite struct PixelTests {
    /// White, yellow, cyan, green, magenta, red, blue, black.
    private static let bars: [[Int]] = [
      [255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0],
      [0, 0, 255], [0, 0, 0],
    ]

    private static func colour(
      _ y: UInt8, _ cb: UInt8, _ cr: UInt8, _ encoding: YCbCrEncoding
    ) -> [UInt8] {
      let (red, blue): (Double, Double) =
        switch encoding.matrix {
        case .bt601: (0.299, 0.114)
        case .bt709: (0.2126, 0.0722)
        case .bt2020: (0.2627, 0.0593)
        case .smpte240M: (0.212, 0.087)
        }
      let (black, lumas, chromas) = encoding.range == .full ? (0.0, 255.0, 255.0) : (16, 219, 224)
      let luma = (Double(y) - black) / lumas
      let r = luma + 2 * (1 - red) * (Double(cr) - 128) / chromas
      let b = luma + 2 * (1 - blue) * (Double(cb) - 128) / chromas
      let g = (luma - red * r - blue * b) / (1 - red - blue)
      return [r, g, b].map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
    }

    /// The colour of a pixel in a raw frame without padding.
    private static func colour(
      _ raw: [UInt8], _ code: FourCC, _ size: FrameSize, _ row: Int, _ column: Int,
      _ encoding: YCbCrEncoding
    ) -> [UInt8] {
      let (width, height) = (size.width, size.height)
      let pixel = row * width + column
      let pair = row * width * 2 + column / 2 * 4
      let odd = column % 2 * 2
      let chroma = row / 2 * (width / 2) + column / 2
      let planes = width * height
      return switch code {
      case .rgb24: Array(raw[pixel * 3..<pixel * 3 + 3])
      case .grey: [raw[pixel], raw[pixel], raw[pixel]]
      case .yuyv: colour(raw[pair + odd], raw[pair + 1], raw[pair + 3], encoding)
      case .uyvy: colour(raw[pair + 1 + odd], raw[pair], raw[pair + 2], encoding)
      case .nv12:
        colour(raw[pixel], raw[planes + chroma * 2], raw[planes + chroma * 2 + 1], encoding)
      default: colour(raw[pixel], raw[planes + chroma], raw[planes * 5 / 4 + chroma], encoding)
      }
    }

    /// What v4l2-ctl, which knows nothing of us, gets from the driver.
    private func rawFrame(_ code: FourCC, _ size: FrameSize) throws -> [UInt8] {
      let format = "width=\(size.width),height=\(size.height),pixelformat=\(code)"
      try Guest.run(
        "v4l2-ctl", "-d", "/dev/video0", "--set-fmt-video=\(format)", "--stream-mmap",
        "--stream-count=1", "--stream-to=/tmp/frame.raw")
      return Array(try Data(contentsOf: URL(fileURLWithPath: "/tmp/frame.raw")))
    }

    private func capture(_ code: FourCC, _ size: FrameSize) throws -> Image {
      let camera = try Watched().open(
        "/dev/video0", ModeRequest(shortEdge: 64, size: size, code: code))
      #expect(try camera.next() != nil)
      #expect(camera.faults.occurred.isEmpty)
      #expect((camera.image.width, camera.image.height) == (size.width, size.height))
      return camera.image
    }

    /// The largest difference of an image from upright bars.
    private func differenceFromBars(_ image: Image) -> Int {
      var worst = 0
      for pixel in 0..<image.width * image.height {
        let colour = Self.bars[pixel % image.width * 8 / image.width]
        for channel in 0..<3 {
          worst = max(worst, abs(Int(image.pixels[pixel * 3 + channel]) - colour[channel]))
        }
      }
      return worst
    }

    private func check(
      _ code: FourCC, _ size: FrameSize = FrameSize(width: 640, height: 360),
      _ encoding: YCbCrEncoding = YCbCrEncoding()
    ) throws {
      let image = try capture(code, size)
      let raw = try rawFrame(code, size)
      var different = 0
      for row in 0..<size.height {
        for column in 0..<size.width {
          let start = (row * size.width + column) * 3
          let expected = Self.colour(raw, code, size, row, column, encoding)
          if !image.pixels[start..<start + 3].elementsEqual(expected) { different += 1 }
        }
      }
      #expect(different == 0, "of \(size.width * size.height) pixels")
      // The driver rounds its bars down, twice.
      if code != .grey, size.width % 16 == 0 { #expect(differenceFromBars(image) <= 4) }
    }

    @Test(
      arguments: [FourCC.yuyv, .uyvy, .nv12, .yu12],
      [
        YCbCrEncoding(matrix: .bt601, range: .limited), YCbCrEncoding(matrix: .bt601, range: .full),
        YCbCrEncoding(matrix: .bt709, range: .limited), YCbCrEncoding(matrix: .bt709, range: .full),
        YCbCrEncoding(matrix: .bt2020, range: .limited),
        YCbCrEncoding(matrix: .smpte240M, range: .full),
      ])
    func yCbCr(_ code: FourCC, _ encoding: YCbCrEncoding) throws {
      try Guest.makeWebcam()
      // The numbers of vivid's menu.
      let menu: [YCbCrEncoding.Matrix: Int] = [.bt601: 1, .bt709: 2, .bt2020: 6, .smpte240M: 8]
      try Guest.set("y_cbcr_encoding", try #require(menu[encoding.matrix]))
      try Guest.set("quantization", encoding.range == .full ? 1 : 2)
      try check(code, FrameSize(width: 320, height: 180), encoding)
    }

    @Test(arguments: [FourCC.rgb24, .grey])
    func plain(_ code: FourCC) throws {
      try Guest.makeWebcam()
      try check(code)
    }

    /// Drivers of system-on-chip cameras offer the multiplanar interface only.
    @Test func multiplanarDevice() throws {
      try Guest.makeWebcam("multiplanar=2")
      try check(.nv12)
    }

    /// No multiple of what drivers align rows to.
    @Test(arguments: [FourCC.yuyv, .nv12, .yu12, .rgb24])
    func unusualSize(_ code: FourCC) throws {
      try Guest.makeWebcam("num_inputs=1", "input_types=0x3")
      // Otherwise they follow from the HDMI signal.
      try Guest.set("y_cbcr_encoding", 1)
      try Guest.set("quantization", 2)
      try check(code, FrameSize(width: 856, height: 354))
    }

    /// Formats that are not ours go through libv4lconvert, which takes all luma as full range.
    @Test(arguments: ["YVYU", "BGR3", "NV16", "RGBP"])
    func foreign(_ name: String) throws {
      try Guest.makeWebcam()
      let image = try capture(try #require(FourCC(name)), FrameSize(width: 640, height: 360))
      #expect(differenceFromBars(image) <= 24)
    }
  }
}
