import Basics
import Testing

@Suite struct CSVTests {
  @Test func quotesOnlyWhatMustBe() {
    #expect(CSV.row(["a", "b c", ""]) == "a,b c,\r\n")
    #expect(CSV.row(["a,b", "say \"x\"", "l\nf"]) == "\"a,b\",\"say \"\"x\"\"\",\"l\nf\"\r\n")
  }
}
