/// Inline SVG of the report: scales to its column, says its values in tooltips, takes colours from the page.
enum ReportCharts {
  /// Lines over epochs.
  ///
  /// - Parameters:
  ///   - series: A name, a CSS class for the colour, and a value an epoch.
  ///   - caption: Said to screen readers.
  ///   - places: Decimals of the labels.
  /// - Returns: An `<svg>`.
  static func lines(
    _ series: [(name: String, style: String, values: [Double])], caption: String, places: Int
  ) -> String {
    let width = 640.0
    let height = 240.0
    let left = 72.0
    let bottom = 28.0
    let top = 12.0
    let values = series.flatMap(\.values).filter(\.isFinite)
    guard let highest = values.max(), let count = series.map(\.values.count).max(), count > 0 else {
      return ""
    }
    let roof = highest <= 0 ? 1 : highest * 1.05
    func x(_ epoch: Int) -> Double {
      left + (width - left - 12) * (count == 1 ? 0.5 : Double(epoch) / Double(count - 1))
    }
    func y(_ value: Double) -> Double { top + (height - top - bottom) * (1 - value / roof) }
    var svg =
      "<svg viewBox=\"0 0 640 240\" role=\"img\" aria-label=\"\(escaped(caption))\">"
    for step in 0...4 {
      let value = roof * Double(step) / 4
      let at = decimal(y(value), 1)
      svg += "<line class=\"grid\" x1=\"72\" x2=\"628\" y1=\"\(at)\" y2=\"\(at)\"/>"
      svg +=
        "<text class=\"tick\" x=\"66\" y=\"\(decimal(y(value) + 4, 1))\" text-anchor=\"end\">\(decimal(value, places))</text>"
    }
    for epoch in Set([0, (count - 1) / 2, count - 1]).sorted() {
      svg +=
        "<text class=\"tick\" x=\"\(decimal(x(epoch), 1))\" y=\"234\" text-anchor=\"middle\">\(epoch + 1)</text>"
    }
    for line in series {
      let points = line.values.enumerated().filter { $0.element.isFinite }
      let path = points.map { "\(decimal(x($0.offset), 1)),\(decimal(y($0.element), 1))" }
      svg += "<polyline class=\"\(line.style)\" points=\"\(path.joined(separator: " "))\"/>"
      for (epoch, value) in points where count <= 60 || epoch == count - 1 {
        svg +=
          "<circle class=\"\(line.style)\" cx=\"\(decimal(x(epoch), 1))\" cy=\"\(decimal(y(value), 1))\" r=\"3\">"
          + "<title>\(escaped(line.name)), epoch \(epoch + 1): \(decimal(value, places + 1))</title></circle>"
      }
    }
    return svg + "</svg>"
  }

  /// The confusion matrix as a grid of squares, darker for a larger share of the row; a few labels are numbered and named.
  static func confusion(labels: [String], counts: [Int]) -> String {
    let side = labels.count
    let isNamed = side <= 16
    let left = isNamed ? 190.0 : 0
    let top = isNamed ? 34.0 : 0
    let cell = (640 - left) / Double(max(side, 1))
    let height = decimal(top + 640 - left, 0)
    var svg =
      "<svg viewBox=\"0 0 640 \(height)\" role=\"img\" aria-label=\"Confusion matrix: rows are true labels, columns the labels given\">"
    svg +=
      "<rect class=\"frame\" x=\"\(decimal(left, 0))\" y=\"\(decimal(top, 0))\" width=\"\(decimal(640 - left, 0))\" height=\"\(decimal(640 - left, 0))\"/>"
    for row in 0..<side {
      let y = top + Double(row) * cell
      if isNamed {
        let name = labels[row].count > 15 ? labels[row].prefix(14) + "…" : labels[row][...]
        svg += text("tick", x: left - 8, y: y + cell / 2, "\(name) \(row + 1)", anchor: "end")
        svg += text(
          "tick", x: left + (Double(row) + 0.5) * cell, y: top - 14, "\(row + 1)",
          anchor: "middle")
      }
      let total = counts[(row * side)..<((row + 1) * side)].reduce(0, +)
      for column in 0..<side {
        let count = counts[row * side + column]
        guard count > 0 else { continue }
        let share = Double(count) / Double(total)
        let x = left + Double(column) * cell
        svg +=
          "<rect class=\"\(row == column ? "right" : "wrong")\" x=\"\(decimal(x, 2))\" y=\"\(decimal(y, 2))\""
          + " width=\"\(decimal(cell, 2))\" height=\"\(decimal(cell, 2))\" fill-opacity=\"\(decimal(0.15 + 0.85 * share, 2))\">"
          + "<title>\(escaped(labels[row])) → \(escaped(labels[column])): \(count) of \(total)</title></rect>"
        if isNamed {
          svg += text(
            share > 0.4 ? "cell strong" : "cell", x: x + cell / 2, y: y + cell / 2, "\(count)",
            anchor: "middle")
        }
      }
    }
    return svg + "</svg>"
  }

  /// Text whose middle is at a height.
  private static func text(
    _ style: String, x: Double, y: Double, _ text: String, anchor: String
  ) -> String {
    "<text class=\"\(style)\" x=\"\(decimal(x, 1))\" y=\"\(decimal(y, 1))\" text-anchor=\"\(anchor)\""
      + " dominant-baseline=\"central\">\(escaped(text))</text>"
  }
}
