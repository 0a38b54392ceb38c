extension TrainingReport {
  /// One self-contained HTML page: no script, nothing fetched, readable on a phone and in the dark.
  public func page() -> String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title))</title>
    <style>\(TrainingReport.style)</style></head>
    <body><main>
    <h1>\(escaped(title))</h1>
    <p class="summary">\(escaped(summary))</p>
    \(warningList)\(contenderBars)\(curves)\(labelBars)\(confusionGrid)\(tables)
    </main></body></html>

    """
  }

  private var warningList: String {
    warnings.isEmpty
      ? ""
      : "<section class=\"warnings\"><h2>Please note</h2><ul>"
        + warnings.map { "<li>\(escaped($0))</li>" }.joined() + "</ul></section>"
  }

  private var contenderBars: String {
    guard !contenders.isEmpty else { return "" }
    let rows = contenders.map { contender in
      TrainingReport.bar(
        name: contender.name + (contender.isExported ? " (exported)" : ""),
        value: contender.accuracy, text: decimal(contender.accuracy, 1) + " %",
        style: contender.isExported ? "ours" : "other")
    }
    return
      "<section><h2>Side by side</h2><p>Photos with their label among the known ones, that nothing was "
      + "learnt from: share that is given the right label.</p>\(rows.joined())</section>"
  }

  private var curves: String {
    guard !epochs.isEmpty else { return "" }
    let terms = [
      "cross entropy, class", "cross entropy, representation", "1 − cosine, images",
      "1 − cosine, texts",
    ]
    let last = epochs[epochs.count - 1]
    let lastTerms = zip(terms, last.terms).map { "\($0) \(decimal($1, 3))" }
    let loss = ReportCharts.lines(
      [("loss", "line-a", epochs.map(\.loss))], caption: "Loss by epoch", places: 2)
    let accuracy = ReportCharts.lines(
      [("accuracy", "line-b", epochs.map(\.accuracy))],
      caption: "Accuracy on the shots by epoch, percent", places: 0)
    return
      "<section><h2>Training</h2><div class=\"pair\"><figure>\(loss)<figcaption>Loss by epoch</figcaption></figure>"
      + "<figure>\(accuracy)<figcaption>Accuracy on the augmented shots by epoch, %</figcaption></figure></div>"
      + "<p>Last epoch: loss \(decimal(last.loss, 3)); \(escaped(lastTerms.joined(separator: ", "))).</p></section>"
  }

  private var labelBars: String {
    let rows = labels.indices.map { label in
      let row = scores.confusion[(label * labels.count)..<((label + 1) * labels.count)]
      let (right, total) = (row[row.startIndex + label], row.reduce(0, +))
      guard total > 0 else {
        return TrainingReport.bar(
          name: labels[label], value: 0, text: "no photo to check", style: "other")
      }
      return TrainingReport.bar(
        name: labels[label], value: 100 * Double(right) / Double(total),
        text: "\(right) of \(total)", style: "ours", mark: zeroShotOfLabels[label])
    }
    return
      "<section><h2>By label</h2><p>Held-out photos that got their label; the tick marks zero-shot CLIP.</p>"
      + "<div class=\"columns\">\(rows.joined())</div></section>"
  }

  private var confusionGrid: String {
    let list = scores.mixUps(8).map {
      "<li>\(escaped(labels[$0.label])) → \(escaped(labels[$0.given])): \($0.photos)</li>"
    }
    return
      "<section><h2>Mix-ups</h2><div class=\"pair\"><figure>\(ReportCharts.confusion(labels: labels, counts: scores.confusion))"
      + "<figcaption>Rows: true labels; columns: labels given, in the same order</figcaption></figure>"
      + (list.isEmpty
        ? "<p>None.</p>" : "<div><h3>Most frequent</h3><ol>\(list.joined())</ol></div>")
      + "</div></section>"
  }

  private var tables: String {
    figures.filter { !$0.rows.isEmpty }.map { table in
      let rows = table.rows.map { row in
        "<tr>"
          + row.enumerated().map { column, cell in
            column == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
          }.joined() + "</tr>"
      }
      return
        "<section><h2>\(escaped(table.title))</h2><p>\(escaped(table.note))</p><table>\(rows.joined())</table></section>"
    }.joined()
  }

  private static func bar(
    name: String, value: Double, text: String, style: String, mark: Double? = nil
  ) -> String {
    let tick =
      mark.map {
        "<i class=\"mark\" style=\"left:\(decimal(min($0, 99.5), 1))%\" title=\"zero-shot \(decimal($0, 1)) %\"></i>"
      } ?? ""
    return "<div class=\"bar\"><span class=\"name\">\(escaped(name))</span>"
      + "<span class=\"track\"><i class=\"\(style)\" style=\"width:\(decimal(value, 1))%\"></i>\(tick)</span>"
      + "<span class=\"value\">\(escaped(text))</span></div>"
  }

  private static let style = """
    :root{--ink:#1c2530;--soft:#5d6b7a;--paper:#fff;--panel:#f4f6f8;--line:#d8dee4;--a:#0b6bcb;--b:#b3541e;--wrong:#c22f2f;--note:#fff6dd}
    @media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa8b6;--paper:#14181d;--panel:#1d232a;--line:#37424d;--a:#5aa9f5;--b:#eb9a64;--wrong:#f07f7f;--note:#3a3115}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
    main{max-width:64rem;margin:0 auto;padding:1rem}
    h1{font-size:1.6rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.15rem;margin:0 0 .25rem}h3{font-size:1rem;margin:0}
    section{background:var(--panel);border-radius:.6rem;padding:1rem;margin:1rem 0;overflow-wrap:anywhere}
    section>p{color:var(--soft);margin:.1rem 0 .7rem}
    .summary{font-size:1.05rem}.warnings{background:var(--note)}
    ul,ol{margin:.3rem 0;padding-left:1.3rem}
    .pair{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr))}
    figure{margin:0}figcaption{color:var(--soft);font-size:.85rem;text-align:center}
    svg{width:100%;height:auto;display:block}
    polyline{fill:none;stroke-width:2.5;stroke-linejoin:round}
    polyline.line-a{stroke:var(--a)}polyline.line-b{stroke:var(--b)}circle.line-a{fill:var(--a)}circle.line-b{fill:var(--b)}
    .grid{stroke:var(--line)}.tick{fill:var(--soft);font-size:15px}.cell{fill:var(--ink);font-size:15px}.cell.strong{fill:var(--paper)}
    .frame{fill:var(--paper);stroke:var(--line)}rect.right{fill:var(--a)}rect.wrong{fill:var(--wrong)}
    .bar{display:grid;grid-template-columns:minmax(6rem,12rem) 1fr 5.5rem;gap:.6rem;align-items:center;padding:.12rem 0;break-inside:avoid}
    .bar .name{overflow:hidden;text-overflow:ellipsis}.value{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft);font-size:.9rem}
    .track{position:relative;height:.9rem;background:var(--paper);border:1px solid var(--line);border-radius:.3rem;overflow:hidden}
    .track i{position:absolute;left:0;top:0;bottom:0}.track .ours{background:var(--a)}.track .other{background:var(--soft);opacity:.55}
    .track .mark{width:3px;background:var(--b)}
    .columns{columns:24rem;column-gap:2rem}
    table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .5rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
    th{font-weight:500;width:35%}td{font-variant-numeric:tabular-nums}
    @media(max-width:30rem){.tick,.cell{font-size:24px}.bar{grid-template-columns:6.5rem 1fr 4.6rem;gap:.4rem;font-size:.92rem}th{width:45%}.columns{columns:1}}
    """
}
