/// Rows scaled to unit length, without an epsilon: forward and backward.
public struct UnitRows: Sendable {
  /// `[R, C]`, each row of length 1.
  public let rows: Matrix
  private let lengths: [Float]

  /// Scales every row of `x` to unit length.
  ///
  /// A row of zeros gives NaN, as in the published code.
  public init(_ x: Matrix) {
    var unit = x
    var lengths = [Float]()
    lengths.reserveCapacity(x.rows)
    unit.withMutableSpan { span in
      for row in 0..<x.rows {
        let range = row * x.columns..<(row + 1) * x.columns
        var squares = 0.0
        for i in range { squares += Double(span[i]) * Double(span[i]) }
        let length = Float(squares.squareRoot())
        for i in range { span[i] /= length }
        lengths.append(length)
      }
    }
    rows = unit
    self.lengths = lengths
  }

  /// The gradient of `x` for the gradient `[R, C]` of the unit rows: `(dy - y (y · dy)) / |x|`.
  public func inputGradient(_ dy: Matrix) -> Matrix {
    precondition(dy.rows == rows.rows && dy.columns == rows.columns)
    var dx = dy
    let columns = rows.columns
    rows.withSpan { unit in
      dx.withMutableSpan { gradient in
        for row in 0..<lengths.count {
          let range = row * columns..<(row + 1) * columns
          var along = 0.0
          for i in range { along += Double(unit[i]) * Double(gradient[i]) }
          let part = Float(along)
          for i in range { gradient[i] = (gradient[i] - unit[i] * part) / lengths[row] }
        }
      }
    }
    return dx
  }
}
