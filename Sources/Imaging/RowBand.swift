/// Rows that pass by, of which the latest are kept in memory.
struct RowBand {
  private var memory: [UInt8] = []
  private var rowBytes = 1
  private var capacity = 0
  /// The rows that are there.
  private(set) var rows = 0..<0

  /// Begins anew.
  ///
  /// - Parameters:
  ///   - row: the first one that will come.
  ///   - rowBytes: bytes in each.
  ///   - capacity: the most that are needed at once.
  mutating func begin(at row: Int, rowBytes: Int, capacity: Int) {
    rows = row..<row
    self.rowBytes = rowBytes
    // Room to spare, so that rows need not be moved each time.
    self.capacity = capacity + capacity / 2 + 16
    if memory.count < self.capacity * rowBytes {
      memory = [UInt8](repeating: 0, count: self.capacity * rowBytes)
    }
  }

  /// Takes the next row; those before `first` are no longer needed.
  mutating func add(_ row: Span<UInt8>, keepingFrom first: Int) {
    if rows.count == capacity {
      let kept = min(first, rows.upperBound)..<rows.upperBound
      let start = (kept.lowerBound - rows.lowerBound) * rowBytes
      let count = kept.count * rowBytes
      var target = memory.mutableSpan
      unsafe target.withUnsafeMutableBufferPointer { memory in
        guard let base = memory.baseAddress else { return }
        unsafe base.update(from: base + start, count: count)
      }
      rows = kept
    }
    let (place, rowBytes) = (rows.count * rowBytes, rowBytes)
    var target = memory.mutableSpan
    unsafe target.withUnsafeMutableBufferPointer { memory in
      unsafe row.withUnsafeBufferPointer { row in
        guard let base = memory.baseAddress, let source = row.baseAddress else { return }
        unsafe (base + place).update(from: source, count: rowBytes)
      }
    }
    rows = rows.lowerBound..<rows.upperBound + 1
  }

  /// Lends what there is from a row on.
  @unsafe func withRows(from row: Int, _ body: (UnsafePointer<UInt8>) -> Void) {
    let start = (row - rows.lowerBound) * rowBytes
    unsafe memory.withUnsafeBufferPointer { memory in
      if let base = memory.baseAddress { unsafe body(base + start) }
    }
  }
}
