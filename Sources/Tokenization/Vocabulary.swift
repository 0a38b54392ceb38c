/// Tokens and merges of a byte-pair encoding with CLIP's conventions, by id.
package struct Vocabulary: Sendable {
  struct Pair: Hashable {
    let left: Int32
    let right: Int32
  }

  struct Merge {
    /// The place in the order of learning; lower goes first.
    let rank: Int
    /// The id of the merged token.
    let id: Int32
  }

  /// Tokens in all: the largest id and one.
  let size: Int
  let start: Int32
  let end: Int32
  /// The id of each byte inside a word.
  let byteIDs: [Int32]
  /// The id of each byte as the last of a word.
  let lastByteIDs: [Int32]
  let merges: [Pair: Merge]

  package static let startToken = "<|startoftext|>"
  package static let endToken = "<|endoftext|>"
  private static let wordEnd = "</w>"

  /// A vocabulary from its merges alone, with OpenAI's ids: bytes, bytes that end a word, merges, start, end.
  ///
  /// - Throws: ``VocabularyError`` naming the merge that is wrong.
  package init(merges pairs: [(left: String, right: String)]) throws(VocabularyError) {
    let bytes = Self.byteOrder.map { Self.symbols[Int($0)] }
    let tokens =
      bytes + bytes.map { $0 + Self.wordEnd } + pairs.map { $0.left + $0.right }
      + [Self.startToken, Self.endToken]
    var ids: [String: Int32] = [:]
    for (id, token) in tokens.enumerated() { ids[token] = Int32(id) }
    try self.init(ids: ids, merges: pairs)
  }

  /// A vocabulary whose ids are given.
  ///
  /// - Throws: ``VocabularyError`` naming the token that is missing or the merge that is wrong.
  package init(
    ids: [String: Int32], merges pairs: [(left: String, right: String)]
  ) throws(VocabularyError) {
    func id(_ token: String, _ what: String) throws(VocabularyError) -> Int32 {
      guard let id = ids[token] else {
        throw VocabularyError("\(what), but there is no token “\(token)”")
      }
      return id
    }
    var byteIDs: [Int32] = []
    var lastByteIDs: [Int32] = []
    for symbol in Self.symbols {
      byteIDs.append(try id(symbol, "every byte needs a token"))
      lastByteIDs.append(try id(symbol + Self.wordEnd, "every last byte needs a token"))
    }
    var merges: [Pair: Merge] = [:]
    merges.reserveCapacity(pairs.count)
    for (rank, pair) in pairs.enumerated() {
      let what = "merge \(rank + 1) is “\(pair.left) \(pair.right)”"
      let key = Pair(left: try id(pair.left, what), right: try id(pair.right, what))
      merges[key] = Merge(rank: rank, id: try id(pair.left + pair.right, what))
    }
    try self.init(
      size: Int(ids.values.max() ?? 0) + 1,
      start: try id(Self.startToken, "a text needs a start"),
      end: try id(Self.endToken, "a text needs an end"), byteIDs: byteIDs,
      lastByteIDs: lastByteIDs, merges: merges)
  }

  /// A vocabulary by ids alone.
  ///
  /// - Throws: ``VocabularyError`` when ids are not those of a text tower.
  init(
    size: Int, start: Int32, end: Int32, byteIDs: [Int32], lastByteIDs: [Int32],
    merges: [Pair: Merge]
  ) throws(VocabularyError) {
    // The text tower finds the end of a text as its highest id.
    let others = [[start], byteIDs, lastByteIDs, merges.values.map(\.id)].joined()
    guard others.allSatisfy({ (0..<max(end, 0)).contains($0) }) else {
      throw VocabularyError("has ids below 0 or from that of “\(Self.endToken)”, \(end), on")
    }
    self.size = size
    self.start = start
    self.end = end
    self.byteIDs = byteIDs
    self.lastByteIDs = lastByteIDs
    self.merges = merges
  }

  /// The bytes in the order of their ids: those that print first.
  private static let byteOrder: [UInt8] = {
    let printed = Array(33...126) + Array(161...172) + Array(174...255) as [UInt8]
    return printed + (0...255).filter { !printed.contains($0) }
  }()

  /// The character that stands for each byte in files: itself when it prints, otherwise one from U+0100 on.
  private static let symbols: [String] = {
    var symbols = [String](repeating: "", count: 256)
    for (index, byte) in byteOrder.enumerated() {
      let code = index < 188 ? UInt32(byte) : UInt32(256 + index - 188)
      symbols[Int(byte)] = Unicode.Scalar(code).map { String($0) } ?? ""
    }
    return symbols
  }()
}

/// Why tokens and merges are no vocabulary of CLIP's kind.
package struct VocabularyError: Error, Equatable {
  /// What is wrong, to be put behind the name of where it was read.
  package let what: String

  init(_ what: String) { self.what = what }
}
