/// A vocabulary as numbers alone, which is how a model file keeps it.
package struct VocabularyTable: Sendable, Equatable {
  /// Tokens in all.
  package var size: Int
  /// The id of the start of a text.
  package var start: Int
  /// The id of the end of a text, the highest that a text can have.
  package var end: Int
  /// The ids of the 256 bytes inside a word, then as the last of one: 512.
  package var bytes: [Int32]
  /// Left, right and merged id of each merge, in the order of learning: three a merge.
  package var merges: [Int32]

  /// Puts a table together; it is checked when a tokenizer is made of it.
  package init(size: Int, start: Int, end: Int, bytes: [Int32], merges: [Int32]) {
    self.size = size
    self.start = start
    self.end = end
    self.bytes = bytes
    self.merges = merges
  }
}

extension Vocabulary {
  /// The numbers of this vocabulary.
  package var table: VocabularyTable {
    let learnt = merges.sorted { $0.value.rank < $1.value.rank }
    return VocabularyTable(
      size: size, start: Int(start), end: Int(end), bytes: byteIDs + lastByteIDs,
      merges: learnt.flatMap { [$0.key.left, $0.key.right, $0.value.id] })
  }

  /// The vocabulary of a table.
  ///
  /// - Throws: ``VocabularyError`` when the numbers contradict each other.
  package init(_ table: VocabularyTable) throws(VocabularyError) {
    guard let start = Int32(exactly: table.start), let end = Int32(exactly: table.end),
      (0..<table.size).contains(table.end)
    else { throw VocabularyError("has no id \(table.end) among its \(table.size)") }
    guard table.bytes.count == 512, table.merges.count.isMultiple(of: 3) else {
      throw VocabularyError(
        "has \(table.bytes.count) ids of bytes and \(table.merges.count) of merges")
    }
    var merges: [Pair: Merge] = [:]
    merges.reserveCapacity(table.merges.count / 3)
    for rank in 0..<table.merges.count / 3 {
      let ids = table.merges[3 * rank..<3 * rank + 3]
      let pair = Pair(left: ids[3 * rank], right: ids[3 * rank + 1])
      merges[pair] = Merge(rank: rank, id: ids[3 * rank + 2])
    }
    try self.init(
      size: table.size, start: start, end: end, byteIDs: Array(table.bytes[..<256]),
      lastByteIDs: Array(table.bytes[256...]), merges: merges)
  }
}
