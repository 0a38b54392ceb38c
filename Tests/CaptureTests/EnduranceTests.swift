import Capture
import Foundation
import Testing

extension DriverTests {
  /// What must hold for weeks.
  @Suite struct EnduranceTests {
    private struct Figures: CustomStringConvertible {
      let descriptors =
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
      let maps = lines("/proc/self/maps").count { $0.contains("/dev/video") }
      let residentPages =
        lines("/proc/self/statm").first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        ?? 0

      var description: String {
        "\(descriptors) descriptors, \(maps) maps of buffers, \(residentPages * 4) KiB resident"
      }

      private static func lines(_ path: String) -> [Substring] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n")
      }
    }

    /// A hundred times, or as often as MMRL_RECONNECTS says.
    @Test func reconnectingLeaksNothing() throws {
      let times = ProcessInfo.processInfo.environment["MMRL_RECONNECTS"].flatMap { Int($0) } ?? 100
      try Guest.makeWebcam()
      let request = ModeRequest(
        shortEdge: 64, size: FrameSize(width: 320, height: 180), code: .yuyv)
      func reconnect(_ times: Int) throws {
        for _ in 0..<times {
          let camera = try Watched().open("/dev/video0", request)
          camera.close()
        }
      }
      // What the first openings allocate for good is no leak.
      try reconnect(10)
      let before = Figures()
      try reconnect(times)
      let after = Figures()
      print("before \(times) reconnects: \(before)\nafter them: \(after)")
      #expect(after.descriptors == before.descriptors)
      #expect(after.maps == 0)
      // 40 pages are taken once, after 100 reconnects as after 1,000.
      #expect(after.residentPages - before.residentPages < 64)
    }
  }
}
