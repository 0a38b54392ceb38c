import Basics
import CZlib
import Checkpoints
import FoundationEssentials
import Tokenization

extension Vocabulary {
  /// The list that OpenAI published has 262,144 merges, of which its tokenizer takes this many.
  private static let openAIMerges = 49_152 - 256 - 2
  /// What the first line of that list has in it.
  private static let openAIName = "bpe_simple_vocab_16e6"
  /// More than any vocabulary of CLIP's kind; what a forged compressed file may grow to.
  private static let maximumBytes = 1 << 24

  /// Reads a merges file (plain or gzip), a `tokenizer.json`, or a `vocab.json` with `merges.txt` beside it.
  ///
  /// - Throws: `CLIPError.vocabulary`.
  init(path: String) throws(CLIPError) {
    let bytes = try Self.bytes(of: path)
    guard bytes.first(where: { $0 != 0x20 && $0 != 0x0a }) == UInt8(ascii: "{") else {
      let merges = try Self.merges(in: bytes, path: path)
      self = try Self.checked(path) { () throws(VocabularyError) in try Vocabulary(merges: merges) }
      return
    }
    let file: JSONFile
    do {
      file = try JSONDecoder().decode(JSONFile.self, from: Data(bytes))
    } catch {
      throw .vocabulary(
        path: path,
        what: "is neither a vocab.json nor a tokenizer.json: \(DecodingError.reason(error))")
    }
    let ids: [String: Int32]
    let pairs: [(left: String, right: String)]
    switch file {
    case .tokenizer(let model):
      ids = model.ids
      pairs = model.merges
    case .vocabulary(let listed):
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      let merges = folder + "merges.txt"
      ids = listed
      pairs = try Self.merges(in: try Self.bytes(of: merges), path: merges)
    }
    self = try Self.checked(path) { () throws(VocabularyError) in
      try Vocabulary(ids: ids, merges: pairs)
    }
  }

  /// What `body` makes; its error gets the path.
  private static func checked(
    _ path: String, _ body: () throws(VocabularyError) -> Vocabulary
  ) throws(CLIPError) -> Vocabulary {
    do throws(VocabularyError) {
      return try body()
    } catch {
      throw .vocabulary(path: path, what: error.what)
    }
  }

  /// The merges of a text file, a pair a line; a first line with `#version` is a header.
  private static func merges(in bytes: [UInt8], path: String) throws(CLIPError) -> [(
    left: String, right: String
  )] {
    var pairs: [(left: String, right: String)] = []
    var limit = Int.max
    var number = 0
    var start = 0
    while start < bytes.count, pairs.count < limit {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      let line = bytes[start..<end]
      start = end + 1
      number += 1
      guard let text = String(validating: line, as: UTF8.self) else {
        throw .vocabulary(path: path, what: "line \(number) is not UTF-8: is it a merges file?")
      }
      if number == 1, text.contains("#version") {
        if text.contains(openAIName) { limit = openAIMerges }
        continue
      }
      let parts = text.unicodeScalars.split { $0 == " " || $0 == "\r" }.map { String($0) }
      if parts.isEmpty { continue }
      guard parts.count == 2 else {
        throw .vocabulary(
          path: path,
          what:
            "line \(number) is not a pair of tokens: “\(text.prefix(40))” (is it a merges file?)"
        )
      }
      pairs.append((parts[0], parts[1]))
    }
    guard !pairs.isEmpty else { throw .vocabulary(path: path, what: "holds no merges") }
    return pairs
  }

  /// The bytes of a file, decompressed when it is gzip's.
  private static func bytes(of path: String) throws(CLIPError) -> [UInt8] {
    guard let file = unsafe gzopen(LinkText.followed(path), "rb") else {
      throw .vocabulary(path: path, what: "cannot be opened")
    }
    defer { unsafe gzclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe gzread(file, &piece, UInt32(piece.count))
      // A file that ends inside its compressed data gives what there is, and an error only here.
      var status: Int32 = 0
      _ = unsafe gzerror(file, &status)
      guard count >= 0, status == Z_OK || status == Z_STREAM_END else {
        throw .vocabulary(path: path, what: "cannot be read or is truncated (zlib error \(status))")
      }
      if count == 0 { return bytes }
      bytes += piece[..<Int(count)]
      guard bytes.count <= maximumBytes else {
        throw .vocabulary(path: path, what: "is too large for a vocabulary")
      }
    }
  }
}

/// A `tokenizer.json` has a `model`; a `vocab.json` is ids by token and nothing else.
private enum JSONFile: Decodable {
  case tokenizer(TokenizerModel)
  case vocabulary([String: Int32])

  private struct Tokenizer: Decodable {
    let model: TokenizerModel
    let added_tokens: [AddedToken]?
  }

  private struct AddedToken: Decodable {
    let id: Int32
    let content: String
  }

  init(from decoder: any Decoder) throws {
    if let ids = try? decoder.singleValueContainer().decode([String: Int32].self) {
      self = .vocabulary(ids)
      return
    }
    let file = try Tokenizer(from: decoder)
    var model = file.model
    for token in file.added_tokens ?? [] { model.ids[token.content] = token.id }
    self = .tokenizer(model)
  }
}

/// The `model` of a `tokenizer.json`; merges are pairs, or lines of two tokens in older files.
private struct TokenizerModel: Decodable {
  var ids: [String: Int32]
  let merges: [(left: String, right: String)]

  private enum Key: String, CodingKey { case type, vocab, merges, suffix = "end_of_word_suffix" }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let type = try container.decodeIfPresent(String.self, forKey: .type) ?? "BPE"
    let suffix = try container.decodeIfPresent(String.self, forKey: .suffix)
    guard type == "BPE", suffix == "</w>" else {
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: container,
        debugDescription: "CLIP's tokenizer is a BPE whose words end in </w>")
    }
    ids = try container.decode([String: Int32].self, forKey: .vocab)
    let pairs: [[String]]
    if let lines = try? container.decode([String].self, forKey: .merges) {
      pairs = lines.map { $0.unicodeScalars.split(separator: " ").map { String($0) } }
    } else {
      pairs = try container.decode([[String]].self, forKey: .merges)
    }
    merges = try pairs.map { pair in
      guard pair.count == 2 else {
        throw DecodingError.dataCorruptedError(
          forKey: .merges, in: container, debugDescription: "a merge is not a pair: \(pair)")
      }
      return (pair[0], pair[1])
    }
  }
}
