import Basics
import Testing

@Suite struct CSVTests {
  /// OWASP's list of what spreadsheets take for the start of a formula, and the sign that says that it is none.
  @Test(arguments: [
    "=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "'a",
  ])
  func textRunsNothing(text: String) {
    #expect(CSV.text(text) == "'" + text)
  }

  @Test(arguments: ["", "a=1", " =1", "1", "é", "日本"]) func otherTextStays(text: String) {
    #expect(CSV.text(text) == text)
  }

  @Test func quotesOnlyWhatMustBe() {
    #expect(CSV.row(["a", "b c", ""]) == "a,b c,\r\n")
    // Where the comma is the decimal sign, spreadsheets part cells at semicolons.
    #expect(CSV.row(["a;=1", "b\t=1"]) == "\"a;=1\",\"b\t=1\"\r\n")
    #expect(CSV.row(["a,b", "say \"x\"", "l\nf"]) == "\"a,b\",\"say \"\"x\"\"\",\"l\nf\"\r\n")
  }
}
