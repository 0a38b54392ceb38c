import ModelFile

/// Which rows each block computes: the exact shortcuts of MMRL and of the last block.
///
/// Rows of an image in memory: the K representation tokens, the class row, the patches. Before the
/// first representation layer the tokens' rows do not take part.
struct TowerPlan: Sendable {
  /// What happens to the tokens' rows at the input of a block; the index counts representation
  /// layers.
  enum Tokens: Sendable, Equatable {
    case pass
    case set(Int)
    case blend(Int)
  }

  /// One block's rows.
  struct Block: Sendable, Equatable {
    let tokens: Tokens
    /// Rows that keys and values are computed for.
    let keyValueRows: Range<Int>
    /// Rows that queries, attention and MLP are computed for.
    let outputRows: Range<Int>
    /// First row that exists; its position is 0.
    let firstRow: Int
    /// The representation layer whose keys and values of the tokens' rows are constants.
    let constantTokens: Int?

    /// Rows that this block reads.
    var rows: Range<Int> {
      min(keyValueRows.lowerBound, outputRows.lowerBound)..<keyValueRows.upperBound
    }
  }

  let tokenCount: Int
  /// K + 1 + P.
  let rowCount: Int
  let blocks: [Block]

  init(_ manifest: Manifest) {
    let count = manifest.geometry.tokenCount
    let rowCount = count + 1 + manifest.geometry.patches
    tokenCount = count
    self.rowCount = rowCount
    let layers = manifest.representationLayers
    let overwrites = manifest.method == .mmrl || manifest.beta == 1
    blocks = (1...manifest.geometry.layers).map { layer in
      let index = layers.firstIndex(of: layer)
      let isFirst = index == 0
      let areIn = layers.first.map { layer >= $0 } ?? false
      let firstRow = areIn ? 0 : count
      var tokens = Tokens.pass
      if let index { tokens = isFirst || overwrites ? .set(index) : .blend(index) }
      let isConstant = index != nil && (isFirst || overwrites)
      let isLast = layer == manifest.geometry.layers
      let isOverwrittenNext = overwrites && layers.contains(layer + 1)
      // The class row is not wanted where patches are pooled, but lies between the tokens and them.
      let output =
        isLast
        ? (areIn ? 0 : count)..<(manifest.pooling == nil ? count + 1 : rowCount)
        : (isOverwrittenNext ? count : firstRow)..<rowCount
      return Block(
        tokens: tokens, keyValueRows: (isConstant ? count : firstRow)..<rowCount,
        outputRows: output, firstRow: firstRow, constantTokens: isConstant ? index : nil)
    }
  }
}
