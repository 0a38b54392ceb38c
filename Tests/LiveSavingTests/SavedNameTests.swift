import Classification
import LiveSaving
import Testing

@Suite("Names of kept pictures")
struct SavedNameTests {
  @Test("Names of ours are told from all others")
  func parsing() {
    #expect(SavedName("2026-11-29T06-41-26.123Z_dev-video0_17") != nil)
    #expect(SavedName("2026-11-29T06-41-26.123Z_dev-video0_17-2") != nil)
    for text in [
      "", "../../etc/passwd", "2026-11-29T06-41-26.123Z_../x_17", "2026-11-29T06-41-26.123Z_a/b_1",
      "2026-11-29T06-41-26.123Z__17", "2026-11-29T06-41-26.123Z_a_",
      "2026-11-29T06-41-26.123Z_a_-1",
      "2026-11-29T06-41-26.123Z_a_1.jpg", "2026-13-29T06-41-26.123Z_a_1",
      "2026-11-29T06-41-26.123Z_a_1-",
      "2026-11-31T06-41-26.123Z_a_1", "2026-11-29T06:41:26.123Z_a_1",
      "2026-11-29T06-41-26.123Z_A_1",
      "2026-11-29T06-41-26.123Z_a_1\0", " 2026-11-29T06-41-26.123Z_a_1",
      "2026-11-29T06-41-26.123Z_ä_1",
      "2026-11-29T06-41-26.123Z_\(String(repeating: "a", count: 300))_1",
      "2026-11-29T06-41-26.123Z_a_1_2", "٢026-11-29T06-41-26.123Z_a_1",
      "2026-11-29T06-41-26.123Z_a_1-2-3",
    ] {
      #expect(SavedName(text) == nil, "\(text.debugDescription)")
    }
  }

  @Test(
    "Times are read as they are written",
    arguments: [0, 1, 999, 1_000, 951_782_399_999, 951_782_400_000, 1_795_934_486_123] as [Int64])
  func times(milliseconds: Int64) {
    let time = WallTime(nanoseconds: milliseconds * 1_000_000)
    #expect(WallTime(text: time.text) == time)
    #expect(WallTime(text: time.text + " ") == nil)
    #expect(WallTime(text: "2026-02-30T00:00:00.000Z") == nil)
    for year in ["0000", "1600", "1969", "2263", "9999"] {
      #expect(WallTime(text: "\(year)-06-01T00:00:00.000Z") == nil)
      #expect(SavedName("\(year)-06-01T00-00-00.000Z_door_1") == nil)
    }
    #expect(WallTime(text: "2262-01-01T00:00:00.000Z")?.text == "2262-01-01T00:00:00.000Z")
    #expect(WallTime(text: "2026-02-28T24:00:00.000Z") == nil)
  }
}
