/// CLIP's tokenizer: byte-level byte-pair encoding of cleaned text, the end of a word marked.
///
/// Follows `clip/simple_tokenizer.py` of OpenAI's CLIP, and Hugging Face's `CLIPTokenizer`; these differ in what is done to a text
/// before, see ``TextCleaning``.
public struct Tokenizer: Sendable {
  /// Tokens in the vocabulary; a checkpoint's embedding must have as many rows.
  public var vocabularySize: Int { vocabulary.size }

  package let vocabulary: Vocabulary
  /// What is done to a text before it is split.
  public let cleaning: TextCleaning

  /// The ids of a text, in a row of the context's length.
  public struct Encoding: Sendable, Equatable {
    /// Start, tokens, end, then zeros: `contextLength` ids.
    public let ids: [Int32]
    /// Whether tokens at the end were left out because the text is too long for the context.
    public let isTruncated: Bool
  }

  /// A tokenizer over a vocabulary.
  package init(_ vocabulary: Vocabulary, cleaning: TextCleaning = .openAI) {
    self.vocabulary = vocabulary
    self.cleaning = cleaning
  }

  /// The ids of a text as CLIP's text tower takes them.
  ///
  /// A text that is too long loses tokens at its end; the end token is kept.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - contextLength: rows of the checkpoint's positional embedding, n; at least 2.
  /// - Returns: `contextLength` ids, and what is worth knowing about them.
  public func encode(_ text: String, contextLength: Int) -> Encoding {
    precondition(contextLength >= 2, "a context has room for start and end")
    // One more than there is room for tells that the text is truncated.
    let tokens = tokens(of: text, atLeast: contextLength - 1)
    let kept = tokens.prefix(contextLength - 2)
    var ids = [vocabulary.start] + kept + [vocabulary.end]
    ids += [Int32](repeating: 0, count: contextLength - ids.count)
    return Encoding(ids: ids, isTruncated: kept.count < tokens.count)
  }

  /// The first tokens of a text, without start and end: all, or at least so many.
  private func tokens(of text: String, atLeast count: Int) -> [Int32] {
    var tokens: [Int32] = []
    let pieces = PreTokenizer.split(
      cleaning.clean(text), ignoresCase: cleaning != .huggingFace)
    for piece in pieces where tokens.count < count {
      switch piece {
      case .start: tokens.append(vocabulary.start)
      case .end: tokens.append(vocabulary.end)
      case .word(let word):
        let bytes = Array(word.utf8)
        var start = 0
        while start < bytes.count, tokens.count < count {
          let end = min(start + Self.longestWord, bytes.count)
          tokens += encode(bytes[start..<end], endsWord: end == bytes.count)
          start = end
        }
      }
    }
    return tokens
  }

  /// Bytes that are merged in one go.
  ///
  /// What is longer is no word (a file in base64, say), and merging takes time in its square.
  private static let longestWord = 4096

  /// Merges the bytes of a word, in each round every occurrence of the pair that was learnt first.
  private func encode(_ bytes: ArraySlice<UInt8>, endsWord: Bool) -> [Int32] {
    var symbols = bytes.map { vocabulary.byteIDs[Int($0)] }
    if endsWord, let last = bytes.last {
      symbols[symbols.count - 1] = vocabulary.lastByteIDs[Int(last)]
    }
    while symbols.count > 1 {
      var best: (pair: Vocabulary.Pair, merge: Vocabulary.Merge)?
      for index in 1..<symbols.count {
        let pair = Vocabulary.Pair(left: symbols[index - 1], right: symbols[index])
        if let merge = vocabulary.merges[pair], merge.rank < best?.merge.rank ?? .max {
          best = (pair, merge)
        }
      }
      guard let best else { break }
      var merged: [Int32] = []
      var index = 0
      while index < symbols.count {
        if index + 1 < symbols.count, symbols[index] == best.pair.left,
          symbols[index + 1] == best.pair.right
        {
          merged.append(best.merge.id)
          index += 2
        } else {
          merged.append(symbols[index])
          index += 1
        }
      }
      symbols = merged
    }
    return symbols
  }
}
