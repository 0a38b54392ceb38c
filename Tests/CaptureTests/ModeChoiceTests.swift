import Capture
import Testing

struct ModeChoiceTests {
  private static func mode(
    _ code: FourCC, _ width: Int, _ height: Int, _ rates: Int...
  ) -> CameraMode {
    CameraMode(
      code: code, width: width, height: height,
      intervals: rates.map { FrameInterval(numerator: 1, denominator: $0) })
  }

  /// A usual webcam: raw is slow at large sizes, JPEG is not.
  private let webcam = [
    mode(.yuyv, 320, 240, 30, 15), mode(.yuyv, 640, 480, 30, 15), mode(.yuyv, 1280, 720, 10),
    mode(.mjpg, 640, 480, 60, 30), mode(.mjpg, 1280, 720, 60, 30), mode(.mjpg, 1920, 1080, 30),
  ]

  @Test func smallestThatCoversTheModelsInput() throws {
    let small = try #require(chooseMode(webcam, ModeRequest(shortEdge: 64)))
    #expect((small.mode.code, small.mode.width) == (.yuyv, 320))
    #expect(small.interval?.rate == 30)
    let large = try #require(chooseMode(webcam, ModeRequest(shortEdge: 336)))
    #expect((large.mode.code, large.mode.width) == (.yuyv, 640))
  }

  @Test func aLargeModelTakesJPEGForItsRate() throws {
    let choice = try #require(chooseMode(webcam, ModeRequest(shortEdge: 500)))
    #expect((choice.mode.code, choice.mode.width) == (.mjpg, 1280))
    #expect(choice.interval?.rate == 30)
  }

  @Test func nothingLargeEnoughTakesTheLargest() throws {
    let choice = try #require(chooseMode(webcam, ModeRequest(shortEdge: 2000)))
    #expect(choice.mode.height == 1080)
    #expect(choice.reason.contains("although the model needs 2000"))
  }

  @Test func whatIsAskedForIsTaken() throws {
    let size = FrameSize(width: 1280, height: 720)
    let choice = try #require(
      chooseMode(webcam, ModeRequest(shortEdge: 64, size: size, code: .yuyv)))
    #expect((choice.mode.code, choice.mode.width) == (.yuyv, 1280))
    let fast = try #require(chooseMode(webcam, ModeRequest(shortEdge: 64, rate: 60)))
    #expect((fast.mode.code, fast.mode.width) == (.mjpg, 640))
    #expect(fast.interval?.rate == 60)
    #expect(chooseMode(webcam, ModeRequest(shortEdge: 64, code: .nv12)) == nil)
    #expect(chooseMode(webcam, ModeRequest(shortEdge: 64, size: FrameSize("641x480"))) == nil)
  }

  @Test func aSlowCameraIsUsedAtItsBestRate() throws {
    let slow = [Self.mode(.yuyv, 640, 480, 5), Self.mode(.yuyv, 320, 240, 8, 4)]
    let choice = try #require(chooseMode(slow, ModeRequest(shortEdge: 200)))
    #expect(choice.interval?.rate == 8)
    let impossible = try #require(chooseMode(slow, ModeRequest(shortEdge: 200, rate: 30)))
    #expect(impossible.reason.contains("no faster one"))
  }

  @Test func ourOwnFormatsComeBeforeForeignOnes() throws {
    let modes = [
      Self.mode(try #require(FourCC("BA81")), 640, 480, 30), Self.mode(.mjpg, 640, 480, 30),
    ]
    #expect(chooseMode(modes, ModeRequest(shortEdge: 64))?.mode.code == .mjpg)
  }

  @Test func aScaledJPEGIsCheaperThanALargerRawFrame() {
    let modes = [Self.mode(.yuyv, 1280, 720, 30), Self.mode(.mjpg, 1024, 768, 30)]
    // At a quarter of its size for a small input, in full for a large one.
    #expect(chooseMode(modes, ModeRequest(shortEdge: 64))?.mode.code == .mjpg)
    #expect(chooseMode(modes, ModeRequest(shortEdge: 500))?.mode.code == .yuyv)
  }

  @Test func colourIsNotGivenUp() {
    let modes = [Self.mode(.grey, 320, 240, 30), Self.mode(.mjpg, 1280, 720, 15)]
    #expect(chooseMode(modes, ModeRequest(shortEdge: 64))?.mode.code == .mjpg)
  }

  @Test func namesOfFormats() {
    #expect(FourCC("yuyv") == .yuyv)
    #expect(FourCC("RGB24") == .rgb24)
    #expect(FourCC("i420") == .yu12)
    #expect(FourCC("Y8") == .grey && FourCC("Y10")?.description == "Y10")
    #expect(FourCC("") == nil && FourCC("ABCDE") == nil)
  }

  @Test(arguments: ["640x", "x480", "0x480", "640x480x3", "-1x5", "99999x9"])
  func badSizesAreRefused(_ text: String) { #expect(FrameSize(text) == nil) }
}
