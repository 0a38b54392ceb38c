import Testing
import Training
import mmrl_convert

/// The page of `--report`.
@Suite struct ReportPageTests {
  private func report(labels: [String]) -> TrainingReport {
    // Most photos get their label, and the others spread over all labels.
    let actual = (0..<(labels.count * 10)).map { $0 / 10 }
    let predicted = actual.enumerated().map { photo, label in
      photo % 10 < 6 ? label : (photo * 7) % labels.count
    }
    var report = TrainingReport(
      title: "Cups & <plates>", summary: "A test.", labels: labels,
      scores: Scores(predicted: predicted, actual: actual, labelCount: labels.count),
      zeroShotOfLabels: labels.indices.map { Double($0 % 50) })
    report.warnings = ["\"fork\" has only 1 photo"]
    report.epochs = (0..<20).map {
      TrainingReport.Epoch(
        loss: 5 / Double($0 + 1), terms: [("entropy", 1), ("cosine", 0.25)],
        accuracy: 40 + 2.5 * Double($0))
    }
    report.candidates = [
      TrainingReport.Candidate(name: "Zero-shot CLIP", accuracy: 12.3),
      TrainingReport.Candidate(name: "MMRL++", accuracy: 48.9, isExported: true),
    ]
    report.tables = [
      TrainingReport.Table(
        heading: "Settings", note: "As given.", rows: [("method", "mmrl++"), ("seed", "1")]),
      TrainingReport.Table(heading: "Nothing", note: "No rows.", rows: []),
    ]
    return report
  }

  private func page(labels: [String]) throws -> String {
    try ReportPage(report(labels: labels)).html()
  }

  @Test func isOneSelfContainedPage() throws {
    let page = try page(labels: ["cup", "a<b>&\"'", "plate"])
    #expect(page.hasPrefix("<!doctype html>"))
    #expect(page.contains("<title>Cups &amp; &lt;plates&gt;</title>"))
    #expect(page.contains("a&lt;b&gt;&amp;&quot;&#39;"))
    #expect(!page.contains("a<b>"))
    #expect(!page.contains("http"))
    #expect(!page.contains("<script"))
    #expect(page.contains("<li>&quot;fork&quot; has only 1 photo</li>"))
    #expect(page.components(separatedBy: "<svg").count == 4)
    for tag in [
      "section", "div", "figure", "svg", "table", "ul", "ol", "main", "span", "i", "text", "title",
    ] {
      // "<i " and "<i>" are tags; "<li" and "<link" are others.
      let opened = ["<\(tag) ", "<\(tag)>"].reduce(0) {
        $0 + page.components(separatedBy: $1).count - 1
      }
      #expect(opened == page.components(separatedBy: "</\(tag)>").count - 1, "<\(tag)>")
    }
    // Nothing of a template is left, and its own style is not escaped.
    #expect(!page.contains("{{"))
    #expect(page.contains("section > p {"))
  }

  /// A name that a template and its type do not share would leave a gap without an error.
  @Test func everyFigureIsThere() throws {
    let page = try page(labels: ["cup", "plate"])
    for text in [
      "<p class=\"summary\">A test.</p>",
      "<span class=\"name\">MMRL++ (exported)</span><span class=\"track\">"
        + "<i class=\"ours\" style=\"width:48.9%\"></i></span><span class=\"value\">48.9 %</span>",
      "aria-label=\"Loss by epoch\"", "aria-label=\"Accuracy on the shots by epoch, percent\"",
      "<circle class=\"line-a\" cx=\"72.0\" cy=\"21.5\" r=\"3\"><title>loss, epoch 1: 5.000</title>",
      "<polyline class=\"line-b\" points=\"72.0,",
      "<line class=\"grid\" x1=\"72\" x2=\"628\" y1=\"212.0\" y2=\"212.0\"/>",
      "<text class=\"tick\" x=\"628.0\" y=\"234\" text-anchor=\"middle\">20</text>",
      "Last epoch: loss 0.250; entropy 1.000, cosine 0.250.",
      "<i class=\"mark\" style=\"left:1.0%\" title=\"zero-shot 1.0 %\"></i>",
      "<rect class=\"frame\" x=\"190\" y=\"34\" width=\"450\" height=\"450\"/>",
      "<title>cup → plate: 2 of 10</title>", "<li>cup → plate: 2</li>",
      "<h2>Settings</h2>", "<p>As given.</p>",
      "<tr><th scope=\"row\">method</th><td>mmrl++</td></tr>",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("Nothing"))
    #expect(!page.contains("=\"\""))
  }

  @Test func leavesOutWhatThereIsNot() throws {
    let labels = ["cup", "plate"]
    let page = try ReportPage(
      TrainingReport(
        title: "T", summary: "S", labels: labels,
        scores: Scores(predicted: [0, 1], actual: [0, 1], labelCount: 2),
        zeroShotOfLabels: [nil, 50])
    ).html()
    for heading in ["Please note", "Side by side", "Training", "Most frequent"] {
      #expect(!page.contains(">\(heading)<"), "\(heading)")
    }
    #expect(page.contains("<p>None.</p>"))
    #expect(page.components(separatedBy: "class=\"mark\"").count == 2)
  }

  @Test func hundredLabelsStayReadable() throws {
    let page = try page(labels: (0..<100).map { "label number \($0)" })
    #expect(page.utf8.count < 400_000)
    #expect(page.contains("viewBox=\"0 0 640 640\""))
  }
}
