import TestSupport
import Testing
import Training

@Suite struct LabelFileTests {
  private func labels(_ text: String) throws -> [String] {
    try LabelFile.labels(in: Array(text.utf8), path: "labels.txt")
  }

  @Test func blankLinesAndCommentsAreLeftOut() throws {
    #expect(
      try labels("\u{FEFF}cup\r\n\r\n# tools\n  sea_horse \nécluse\n\nC# book")
        == ["cup", "sea_horse", "écluse", "C# book"])
  }

  @Test func duplicatesNameLabelAndLines() {
    let error = #expect(throws: LabelFileError.self) { try labels("cup\n\nsaw\ncup \n") }
    #expect(
      error?.description
        == "labels.txt: the label \"cup\" is on line 1 and on line 4 (remove one)")
  }

  @Test func badFilesSayWhy() {
    #expect(
      #expect(throws: LabelFileError.self) { try labels("# none\n\n") }?.description
        .contains("no labels") == true)
    #expect(
      #expect(throws: LabelFileError.self) {
        try LabelFile.labels(in: [0x63, 0xFF, 0x0A], path: "labels.txt")
      }?.description.contains("UTF-8") == true)
    #expect(
      #expect(throws: (any Error).self) { try LabelFile.read("/no/such") }
        .map { "\($0)".hasPrefix("/no/such: ") } == true)
  }
}
