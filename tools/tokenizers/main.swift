// Prints the token ids of texts, two lines a text: as OpenAI's tokenizer cleans it, then as Hugging Face's does. Compiled together
// with Sources/Tokenization by tools/compare-tokenizers.
//
//   tokenize MERGES TEXTS      texts are separated by U+001E
import Glibc

func read(_ path: String) -> String {
  guard let file = fopen(path, "rb") else { fatalError("\(path) cannot be opened") }
  var bytes: [UInt8] = []
  while true {
    let byte = getc(file)
    if byte == EOF { break }
    bytes.append(UInt8(byte))
  }
  fclose(file)
  return String(decoding: bytes, as: UTF8.self)
}

let lines = read(CommandLine.arguments[1]).unicodeScalars.split(separator: "\n")
let merges = lines.dropFirst().prefix(49_152 - 256 - 2).map { line in
  let pair = line.split(separator: " ").map { String($0) }
  return (left: pair[0], right: pair[1])
}
let vocabulary = try Vocabulary(merges: merges)
let tokenizers = [TextCleaning.openAI, .huggingFace].map {
  Tokenizer(vocabulary, cleaning: $0)
}
let texts = read(CommandLine.arguments[2]).unicodeScalars
for text in texts.split(separator: "\u{1e}", omittingEmptySubsequences: false) {
  for tokenizer in tokenizers {
    let ids = tokenizer.encode(String(text), contextLength: 4096).ids
    // The end's id is the highest; zeros follow it.
    let end = ids.lastIndex(of: ids.max() ?? 0) ?? 0
    print(ids[1..<end].map { "\($0)" }.joined(separator: " "))
  }
}
