import Basics

/// What `confusion-grid.svg` shows: the confusion matrix as squares, darker for a larger share of the row.
///
/// A few labels are numbered and named; of many, the tooltips alone tell the names.
struct ConfusionGrid {
  let width = 640
  let height: String
  /// The corner of the squares, and the length of their sides together.
  let left: String
  let top: String
  let side: String
  let cells: [Cell]
  let texts: [Text]

  /// A square; there is none where no photo is.
  struct Cell {
    let style: String
    let x: String
    let y: String
    let size: String
    let opacity: String
    let tooltip: String
  }

  struct Text {
    let style: String
    let x: String
    let y: String
    let anchor: String
    let text: String

    /// Text whose middle is at the height `y`.
    init(_ text: String, style: String, x: Double, y: Double, anchor: String) {
      self.text = text
      self.style = style
      self.x = Decimal.fixed(x, 1)
      self.y = Decimal.fixed(y, 1)
      self.anchor = anchor
    }
  }

  /// Lays out the matrix.
  ///
  /// - Parameters:
  ///   - labels: C names.
  ///   - counts: `[C, C]`, row-major: photos of label `row` that were given label `column`.
  init(labels: [String], counts: [Int]) {
    precondition(counts.count == labels.count * labels.count, "a row and a column a label")
    let isNamed = labels.count <= 16
    let left = isNamed ? 190.0 : 0
    let top = isNamed ? 34.0 : 0
    let side = Double(width) - left
    let size = side / Double(max(labels.count, 1))
    var cells: [Cell] = []
    var texts: [Text] = []
    for row in labels.indices {
      let y = top + Double(row) * size
      if isNamed {
        let middle = left + (Double(row) + 0.5) * size
        texts += [
          Text(
            "\(Self.shortened(labels[row])) \(row + 1)", style: "tick", x: left - 8,
            y: y + size / 2, anchor: "end"),
          Text("\(row + 1)", style: "tick", x: middle, y: top - 14, anchor: "middle"),
        ]
      }
      let given = counts[(row * labels.count)..<((row + 1) * labels.count)]
      let total = given.reduce(0, +)
      for (column, count) in given.enumerated() where count > 0 {
        let share = Double(count) / Double(total)
        let x = left + Double(column) * size
        cells.append(
          Cell(
            style: row == column ? "right" : "wrong", x: Decimal.fixed(x, 2),
            y: Decimal.fixed(y, 2), size: Decimal.fixed(size, 2),
            opacity: Decimal.fixed(0.15 + 0.85 * share, 2),
            tooltip: "\(labels[row]) → \(labels[column]): \(count) of \(total)"))
        if isNamed {
          texts.append(
            Text(
              "\(count)", style: share > 0.4 ? "cell strong" : "cell", x: x + size / 2,
              y: y + size / 2, anchor: "middle"))
        }
      }
    }
    self.cells = cells
    self.texts = texts
    self.left = Decimal.fixed(left, 0)
    self.top = Decimal.fixed(top, 0)
    self.side = Decimal.fixed(side, 0)
    height = Decimal.fixed(top + side, 0)
  }

  private static func shortened(_ label: String) -> String {
    label.count > 15 ? label.prefix(14) + "…" : label
  }
}
