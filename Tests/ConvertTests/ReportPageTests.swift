import Calibration
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
      title: "Cups & <plates>", summary: "A test.",
      labels: labels.enumerated().map {
        TrainingReport.Label(
          name: $1,
          accuracy: Estimate(
            value: 0.6 - 0.001 * Double($0), interval: Interval(low: 0.25, high: 0.75)),
          zeroShot: Double($0 % 50))
      },
      scores: Scores(predicted: predicted, actual: actual, labelCount: labels.count))
    report.remarks = ["Measured by a test."]
    report.warnings = ["\"fork\" has only 1 photo"]
    report.epochs = (0..<20).map {
      TrainingReport.Epoch(
        loss: 5 / Double($0 + 1), terms: [("entropy", 1), ("cosine", 0.25)],
        accuracy: 40 + 2.5 * Double($0))
    }
    report.candidates = [
      TrainingReport.Candidate(
        name: "Zero-shot CLIP", accuracy: estimate(0.123), remark: "far behind"),
      TrainingReport.Candidate(name: "MMRL++", accuracy: estimate(0.489), isExported: true),
    ]
    report.galleries = [
      TrainingReport.Gallery(
        heading: "Worst mistakes", note: "Sure and wrong.",
        rows: [
          TrainingReport.Gallery.Row(
            text: "a<b>.jpg: plate 99 %", photos: [("data:image/jpeg;base64,/9j/+a==", "a \"cup\"")]
          )
        ]),
      TrainingReport.Gallery(heading: "Empty", note: "No photos.", rows: []),
    ]
    report.tables = [
      TrainingReport.Table(
        heading: "Settings", note: "As given.", rows: [("method", "mmrl++"), ("seed", "1")]),
      TrainingReport.Table(heading: "Nothing", note: "No rows.", rows: []),
    ]
    return report
  }

  private func estimate(_ value: Double) -> Estimate {
    Estimate(value: value, interval: Interval(low: value - 0.1, high: value + 0.1))
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
      "<p>Measured by a test.</p>",
      "<span class=\"name\">MMRL++ (the model)</span><span class=\"track\">"
        + "<i class=\"ours\" style=\"width:48.9%\"></i>"
        + "<i class=\"range\" style=\"left:38.9%;width:20.0%\" title=\"90 % interval: 39 to 59 %\"></i>"
        + "</span><span class=\"value\">49 %</span></div>",
      "<span class=\"remark\">far behind</span>", "<h2>Worst mistakes</h2>",
      "<p>Sure and wrong.</p>",
      "<img src=\"data:image/jpeg;base64,/9j/+a==\" alt=\"a &quot;cup&quot;\">",
      "<p>a&lt;b&gt;.jpg: plate 99 %</p>",
      "aria-label=\"Loss by epoch\"", "aria-label=\"Accuracy on the shots by epoch, percent\"",
      "<circle class=\"line-a\" cx=\"72.0\" cy=\"21.5\" r=\"3\"><title>loss, epoch 1: 5.000</title>",
      "<polyline class=\"line-b\" points=\"72.0,",
      "<line class=\"grid\" x1=\"72\" x2=\"628\" y1=\"212.0\" y2=\"212.0\"/>",
      "<text class=\"tick\" x=\"628.0\" y=\"234\" text-anchor=\"middle\">20</text>",
      "Last epoch: loss 0.250; entropy 1.000, cosine 0.250.",
      "<i class=\"mark\" style=\"left:1.0%\" title=\"zero-shot 1.0 %\"></i>",
      "<rect class=\"frame\" x=\"190\" y=\"34\" width=\"450\" height=\"450\"/>",
      "<title>cup → plate: 2 of 10</title>",
      "<h2>Settings</h2>", "<p>As given.</p>",
      "<tr><th scope=\"row\">method</th><td>mmrl++</td></tr>",
    ] {
      #expect(page.contains(text), "\(text)")
    }
    #expect(!page.contains("Nothing") && !page.contains("Empty"))
    // The weakest label comes first.
    let plate = try #require(page.firstRange(of: ">plate</span>"))
    #expect(plate.lowerBound < (try #require(page.firstRange(of: ">cup</span>"))).lowerBound)
    #expect(!page.contains("=\"\""))
  }

  @Test func leavesOutWhatThereIsNot() throws {
    let labels = ["cup", "plate"]
    let page = try ReportPage(
      TrainingReport(
        title: "T", summary: "S", labels: labels.map { TrainingReport.Label(name: $0) },
        scores: Scores(predicted: [], actual: [], labelCount: 2))
    ).html()
    for heading in ["Please note", "Side by side", "Training", "By label", "Confusions"] {
      #expect(!page.contains(">\(heading)<"), "\(heading)")
    }
    #expect(!page.contains("class=\"mark\"") && !page.contains("<img"))
  }

  @Test func hundredLabelsStayReadable() throws {
    let page = try page(labels: (0..<100).map { "label number \($0)" })
    #expect(page.utf8.count < 400_000)
    #expect(page.contains("viewBox=\"0 0 640 640\""))
  }

  @Test func saysWhatProbabilitiesAreWorth() throws {
    var report = report(labels: ["cup", "mug"])
    #expect(!(try ReportPage(report).html()).contains("Do the probabilities"))
    report.reliability = TrainingReport.Reliability(
      error: 0.0314,
      groups: [Measurement.Reliability(probability: 0.875, right: estimate(0.75), photos: 8)])
    let html = try ReportPage(report).html()
    #expect(html.contains("Do the probabilities mean what they say?"))
    #expect(html.contains("Expected calibration error 0.031."))
    #expect(html.contains("title=\"said 87.5 %\"") && html.contains("left:87.5%"))
  }
}
