import FloatMath

extension VisionTower {
  /// The last block's rows on their way to features: of every image the class row, the tokens' rows of adapted ones, and where
  /// patches are pooled, theirs.
  struct Pooled: Sendable {
    /// What the last LayerNorm makes of every row.
    var normed: Matrix
    /// `[images, W]`: what the class projection is applied to.
    var classRows: Matrix
    /// The rows of each adapted image's tokens.
    var tokenRows: [Range<Int>]
    fileprivate var rows: Matrix
    fileprivate var statistics: LayerNorm.Statistics
    /// The rows that each image's class feature is made of.
    fileprivate var members: [Range<Int>]
    /// The mean of these rows, where it is taken before the LayerNorm.
    fileprivate var mean: (rows: Matrix, statistics: LayerNorm.Statistics)?
  }

  /// Normalises and pools the rows of adapted images, then of frozen ones.
  func pool(_ rows: Matrix, adapted: Int, tokens: Int, frozen: Int) -> Pooled {
    let patches = pooling == .classRow ? 0 : rowCount - 1
    var members: [Range<Int>] = []
    var tokenRows: [Range<Int>] = []
    var row = 0
    for image in 0..<adapted + frozen {
      let extra = image < adapted ? tokens : 0
      if image < adapted { tokenRows.append(row + 1..<row + 1 + extra) }
      let first = row + 1 + extra
      members.append(patches == 0 ? row..<row + 1 : first..<first + patches)
      row = first + patches
    }
    let (normed, statistics) = outputNorm.forward(rows)
    var pooled = Pooled(
      normed: normed, classRows: normed, tokenRows: tokenRows, rows: rows, statistics: statistics,
      members: members)
    if pooling == .patches {
      let means = rows.means(of: members)
      let (classRows, statistics) = outputNorm.forward(means)
      pooled.mean = (means, statistics)
      pooled.classRows = classRows
    } else {
      pooled.classRows = normed.means(of: members)
    }
    return pooled
  }

  /// The gradient of the adapted images' rows, for those of their pooled rows `[images, W]` and of their tokens' means.
  func poolGradient(dClass: Matrix, dTokens: Matrix, _ pooled: Pooled) -> Matrix {
    let images = dClass.rows
    let end = max(
      pooled.tokenRows.last?.upperBound ?? 0, images > 0 ? pooled.members[images - 1].upperBound : 0
    )
    var dNormed = Matrix(rows: end, columns: dClass.columns)
    dNormed.spread(dTokens, over: pooled.tokenRows)
    if pooled.mean == nil { dNormed.spread(dClass, over: pooled.members) }
    var dRows = Matrix(rows: end, columns: dClass.columns)
    outputNorm.addInputGradient(dNormed, x: pooled.rows, statistics: pooled.statistics, to: &dRows)
    if let mean = pooled.mean {
      var dMean = Matrix(rows: images, columns: dClass.columns)
      outputNorm.addInputGradient(dClass, x: mean.rows, statistics: mean.statistics, to: &dMean)
      dRows.spread(dMean, over: pooled.members)
    }
    return dRows
  }
}

extension Matrix {
  /// The means of ranges of rows, all of one length: one row a range.
  func means(of ranges: [Range<Int>]) -> Matrix {
    let count = ranges.first?.count ?? 0
    if count == 1 { return gathering(rows: ranges.map(\.lowerBound)) }
    var result = Matrix(rows: ranges.count, columns: columns)
    for offset in 0..<count {
      result.add(
        gathering(rows: ranges.map { $0.lowerBound + offset }), scale: 1 / Float(count))
    }
    return result
  }

  /// Adds to the rows of each range their share of the gradient of their mean, a row of `gradient`.
  fileprivate mutating func spread(_ gradient: Matrix, over ranges: [Range<Int>]) {
    let ranges = ranges.prefix(gradient.rows)
    let count = ranges.first?.count ?? 0
    var share = gradient
    share.scale(by: 1 / Float(max(1, count)))
    for offset in 0..<count {
      add(share, toRows: ranges.map { $0.lowerBound + offset })
    }
  }
}
