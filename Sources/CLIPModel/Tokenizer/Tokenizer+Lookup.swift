import FoundationEssentials
public import Tokenization

extension Tokenizer {
  /// The names under which a vocabulary is looked for beside a checkpoint, in order.
  public static let fileNames = [
    "tokenizer.json", "vocab.json", "bpe_simple_vocab_16e6.txt.gz", "bpe_simple_vocab_16e6.txt",
    "bpe.txt", "merges.txt",
  ]

  /// A tokenizer from a vocabulary file.
  ///
  /// - Parameters:
  ///   - path: OpenAI's `bpe_simple_vocab_16e6.txt(.gz)` or any merges file, a `tokenizer.json`, or a `vocab.json`
  ///     with `merges.txt` beside it.
  ///   - cleaning: what is done to texts before.
  /// - Throws: `CLIPError.vocabulary`.
  public init(path: String, cleaning: TextCleaning = .openAI) throws {
    self.init(try Vocabulary(path: path), cleaning: cleaning)
  }

  /// The tokenizer that goes with a checkpoint.
  ///
  /// - Parameters:
  ///   - clip: its embedding tells the size that the vocabulary must have, its kind what is done to texts.
  ///   - path: the vocabulary file; nil looks in the checkpoint's folder.
  /// - Throws: `CLIPError.vocabulary` when the file is wrong or of another size, `CLIPError.noVocabulary` when there is none,
  ///   `CLIPError.configuration` for a setting of the tokenizer's that cannot be followed.
  public init(for clip: CLIPCheckpoint, vocabulary path: String? = nil) throws {
    let size = clip.geometry.vocabularySize
    func read(_ path: String) throws -> Tokenizer {
      let tokenizer = try Tokenizer(path: path, cleaning: clip.cleaning)
      guard tokenizer.vocabularySize == size else {
        throw CLIPError.vocabulary(
          path: path,
          what: "has \(tokenizer.vocabularySize) tokens, but \(clip.path) was trained with \(size)")
      }
      return tokenizer
    }
    let folder = clip.path.lastIndex(of: "/").map { String(clip.path[...$0]) } ?? ""
    if clip.cleaning == .huggingFace {
      try HuggingFaceTokenizer.check(in: folder)
      if let path, path.hasSuffix(".json") { try HuggingFaceTokenizer.check(file: path) }
    }
    if let path {
      self = try read(path)
      return
    }
    let candidates = Self.fileNames.map { folder + $0 }
    var fault: (any Error)?
    for candidate in candidates where FileManager.default.fileExists(atPath: candidate) {
      do {
        self = try read(candidate)
        return
      } catch {
        fault = fault ?? error
      }
    }
    throw fault ?? CLIPError.noVocabulary(looked: candidates, size: size)
  }
}
