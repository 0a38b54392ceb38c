import Foundation
import Testing
import Training

@Suite struct TrainingReportTests {
  private func report(labels: [String]) -> TrainingReport {
    var random = PythonRandom(seed: 4)
    let actual = (0..<(labels.count * 10)).map { $0 / 10 }
    let predicted = actual.map { random.unit() < 0.6 ? $0 : random.below(labels.count) }
    return TrainingReport(
      title: "Cups & <plates>", summary: "A test.", warnings: ["\"fork\" has only 1 photo"],
      epochs: (0..<20).map {
        TrainingReport.Epoch(
          loss: 5 / Double($0 + 1), terms: [1, 2, 0.1, 0.2], accuracy: 40 + 2.5 * Double($0))
      },
      contenders: [
        TrainingReport.Contender(name: "Zero-shot CLIP", accuracy: 12.3),
        TrainingReport.Contender(name: "MMRL++", accuracy: 48.9, isExported: true),
      ],
      labels: labels,
      scores: Scores(predicted: predicted, actual: actual, labelCount: labels.count),
      zeroShotOfLabels: labels.map { _ in random.unit() * 50 },
      figures: [
        TrainingReport.Figures(
          title: "Settings", note: "As given.", rows: [["method", "mmrl++"], ["seed", "1"]])
      ])
  }

  @Test func isOneSelfContainedPage() {
    let page = report(labels: ["cup", "a<b>&\"'", "plate"]).page()
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.contains("Cups &amp; &lt;plates&gt;"))
    #expect(page.contains("a&lt;b&gt;&amp;&quot;&#39;"))
    #expect(!page.contains("a<b>"))
    #expect(!page.contains("http"))
    #expect(!page.contains("<script"))
    #expect(page.contains("&quot;fork&quot; has only 1 photo"))
    #expect(page.components(separatedBy: "<svg").count == 4)
    for tag in ["section", "div", "figure", "svg", "table", "ul", "ol", "main", "span"] {
      let opened = page.components(separatedBy: "<\(tag)").count
      #expect(opened == page.components(separatedBy: "</\(tag)>").count, "<\(tag)>")
    }
  }

  @Test func hundredLabelsStayReadable() throws {
    let page = report(labels: (0..<100).map { "label number \($0)" }).page()
    #expect(page.utf8.count < 400_000)
  }

  @Test(arguments: [
    (0.0, 1, "0.0"), (-0.04, 1, "0.0"), (12.345, 2, "12.35"), (-1.5, 0, "-2"), (0.999, 2, "1.00"),
    (0.07, 3, "0.070"), (.nan, 1, "–"), (1e20, 1, "1e+20"),
  ])
  func decimals(value: Double, places: Int, text: String) {
    #expect(decimal(value, places) == text)
  }
}
