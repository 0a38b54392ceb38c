import Glibc

/// Softmax cross-entropy: forward and backward in one pass.
public enum CrossEntropy {
  /// The sum of the losses of all rows, and its gradient by the logits.
  ///
  /// - Parameters:
  ///   - logits: `[R, C]`.
  ///   - labels: one column index a row.
  /// - Returns: the sum, and its gradient `[R, C]`.
  /// - Precondition: every label is a column.
  public static func forwardBackward(
    logits: Matrix, labels: [Int]
  ) -> (loss: Double, dLogits: Matrix) {
    precondition(
      labels.count == logits.rows && labels.allSatisfy { $0 >= 0 && $0 < logits.columns })
    var gradient = logits
    let columns = logits.columns
    var loss = 0.0
    gradient.withMutableSpan { span in
      for (row, label) in labels.enumerated() {
        let range = row * columns..<(row + 1) * columns
        var largest = -Float.infinity
        for i in range { largest = max(largest, span[i]) }
        let own = Double(span[row * columns + label] - largest)
        var sum = 0.0
        for i in range {
          let e = exp(Double(span[i] - largest))
          span[i] = Float(e)
          sum += e
        }
        for i in range { span[i] = Float(Double(span[i]) / sum) }
        span[row * columns + label] -= 1
        loss += log(sum) - own
      }
    }
    return (loss, gradient)
  }
}
