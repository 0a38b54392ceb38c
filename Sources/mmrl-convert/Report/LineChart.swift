import Basics

/// What `line-chart.svg` shows: a figure over the epochs.
///
/// It scales to its column, says its values in tooltips and takes its colours from the page.
struct LineChart {
  let width = 640
  let height = 240
  /// The edges of the plot within.
  let left = 72
  let right = 628
  let caption: String
  /// The CSS class of the line.
  let style: String
  /// Of the line, as SVG has them.
  let points: String
  let lines: [Line]
  let ticks: [Tick]
  let dots: [Dot]

  /// Across the plot, at the height of a tick.
  struct Line {
    let y: String
  }

  struct Tick {
    let x: String
    let y: String
    let anchor: String
    let text: String
  }

  /// A value of one epoch.
  struct Dot {
    let x: String
    let y: String
    let tooltip: String
  }

  /// Lays out a chart from 0 up to the highest value.
  ///
  /// - Parameters:
  ///   - values: one an epoch, at least one; what is not finite is left out.
  ///   - name: of the figure, for the tooltips.
  ///   - style: the CSS class of the line.
  ///   - caption: said to screen readers.
  ///   - places: decimals of the labels.
  init(_ values: [Double], name: String, style: String, caption: String, places: Int) {
    precondition(!values.isEmpty, "a chart of nothing")
    self.style = style
    self.caption = caption
    let count = values.count
    let highest = values.filter(\.isFinite).max() ?? 0
    let roof = highest <= 0 ? 1 : highest * 1.05
    let (left, span) = (Double(left), Double(right - left))
    let (top, depth) = (12.0, 200.0)
    func x(_ epoch: Int) -> String {
      let share = count == 1 ? 0.5 : Double(epoch) / Double(count - 1)
      return Decimal.fixed(left + span * share, 1)
    }
    func y(_ value: Double) -> Double { top + depth * (1 - value / roof) }

    let steps = (0...4).map { roof * Double($0) / 4 }
    lines = steps.map { Line(y: Decimal.fixed(y($0), 1)) }
    let values = values.enumerated().filter { $0.element.isFinite }
    let heights = steps.map { value in
      // Four units lower, the digits' middle is at the line.
      Tick(
        x: "66", y: Decimal.fixed(y(value) + 4, 1), anchor: "end",
        text: Decimal.fixed(value, places))
    }
    let epochs = Set([0, (count - 1) / 2, count - 1]).sorted().map {
      Tick(x: x($0), y: "234", anchor: "middle", text: "\($0 + 1)")
    }
    ticks = heights + epochs
    points = values.map { "\(x($0.offset)),\(Decimal.fixed(y($0.element), 1))" }
      .joined(separator: " ")
    // More dots than that would hide the line.
    dots = values.filter { count <= 60 || $0.offset == count - 1 }.map { epoch, value in
      Dot(
        x: x(epoch), y: Decimal.fixed(y(value), 1),
        tooltip: "\(name), epoch \(epoch + 1): \(Decimal.fixed(value, places + 1))")
    }
  }
}
