import Calibration
import Basics
import Classification
import FoundationEssentials
import Imaging

/// What `mmrl-run test --report` writes: one HTML file that needs no other.
struct TestPage {
  private let report: TestReport
  private var figures: TestFigures { report.figures }

  /// A page of what was found.
  init(_ report: TestReport) { self.report = report }

  /// The document.
  var html: String {
    """
    <!doctype html>
    <html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>Test of \(Self.escaped(report.model))</title>
    <style>\(Self.style)</style>
    <h1>How often \(Self.escaped(report.model)) is right</h1>
    <p>About the images in \(Self.escaped(report.folder)).</p>
    <pre>\(Self.escaped(report.text(width: nil)))</pre>
    \(diagram)\(mistakes)</html>

    """
  }

  private static let style = """
    body{font:16px/1.4 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\
    pre{font-size:14px;overflow-x:auto}svg{width:24rem;max-width:100%}\
    .mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(9rem,1fr));gap:1rem}\
    figure{margin:0}img{width:128px;height:128px}figcaption{font-size:13px;overflow-wrap:anywhere}
    """

  // MARK: Reliability

  private var diagram: String {
    guard let reliability = figures.reliability else { return "" }
    func x(_ value: Double) -> String { Decimal.fixed(40 + 250 * value, 1) }
    func y(_ value: Double) -> String { Decimal.fixed(260 - 250 * value, 1) }
    let marks = reliability.deciles.map { group in
      let (low, high) = (group.right.interval.lowerBound, group.right.interval.upperBound)
      return """
        <line x1="\(x(group.score))" x2="\(x(group.score))" y1="\(y(low))" y2="\(y(high))" \
        stroke="#8ab"/><circle cx="\(x(group.score))" cy="\(y(group.right.share))" r="4" fill="#246"/>
        """
    }
    let steps = [0, 0.5, 1].map { value in
      """
      <text x="\(x(value))" y="276" text-anchor="middle">\(Decimal.short(value, 1))</text>\
      <text x="34" y="\(y(value))" text-anchor="end" dy="4">\(Decimal.short(value, 1))</text>
      """
    }
    return """
      <h2>Do the scores mean what they say?</h2>
      <p>Tenths of the images by the best label's score, and how many of them are right, with 90 % intervals. On the line \
      a score of 0.8 is right in 80 %.</p>
      <svg viewBox="0 0 300 295" font-size="11" role="img" aria-label="Reliability diagram">
      <rect x="40" y="10" width="250" height="250" fill="none" stroke="#ccc"/>
      <line x1="40" y1="260" x2="290" y2="10" stroke="#ccc"/>
      \(steps.joined(separator: "\n"))
      <text x="165" y="291" text-anchor="middle">score</text>
      <text x="12" y="135" text-anchor="middle" transform="rotate(-90 12 135)">share right</text>
      \(marks.joined(separator: "\n"))
      </svg>

      """
  }

  // MARK: Mistakes

  private static let mistakesShown = 24
  private static let side = 128

  private var mistakes: String {
    let worst = TestedImage.surestMistakes(report.images, atMost: Self.mistakesShown)
    guard !worst.isEmpty else { return "" }
    let items = worst.map { image in
      let truth = TestReport.name(image.truth, orElse: "none of the labels")
      let answer = image.isRefused ? Answer.unknownText : image.best.name.printable
      return """
        <figure>\(Self.thumbnail(image.path))<figcaption>\(Self.escaped(truth)), taken for \
        <b>\(Self.escaped(answer))</b> \(Decimal.fixed(Double(image.certainty), 2))<br>\
        \(Self.escaped(image.path.printable))</figcaption></figure>
        """
    }
    return """
      <h2>The worst mistakes</h2>
      <p>Those of the highest score come first.</p>
      <div class="mistakes">
      \(items.joined(separator: "\n"))
      </div>

      """
  }

  /// The middle of the image, inside the page; empty where the file has gone.
  private static func thumbnail(_ path: String) -> String {
    var decoder = ImageDecoder()
    // It has been classified already, so that it is not too large.
    decoder.pixelLimit = .max
    decoder.fastDecodeShortEdge = side
    var cropper = Cropper(Preprocessing(size: side))
    var crop = Image(width: 1, height: 1)
    guard let bytes = try? FileBytes.read(PathName(path)),
      (try? decoder.crop(RawSpan(_elements: bytes.span), with: &cropper, into: &crop)) != nil,
      let jpeg = try? JPEGEncoder().encode(crop, quality: 80)
    else { return "" }
    return "<img alt=\"\" src=\"data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())\">"
  }

  /// Text for HTML.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
