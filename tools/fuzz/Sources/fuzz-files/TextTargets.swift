import FuzzTarget

@testable import CLIPModel
@testable import Protocols
@testable import Tokenization
@testable import Training
@testable import YAML

/// Reads a vocabulary: merges, plain or gzip, or JSON that has them.
@Sendable func readVocabulary(_ bytes: [UInt8]) {
  let vocabulary = try? Vocabulary(path: InputFile.path(of: bytes))
  if let vocabulary { _ = Tokenizer(vocabulary).encode("a photo of a cup.", contextLength: 16) }
}

private let geometry = CLIPGeometry(
  imageSize: 32, patchSize: 8, visionWidth: 64, visionLayers: 2, visionHeads: 1, textWidth: 64,
  textLayers: 2, textHeads: 1, contextLength: 16, vocabularySize: 514, embedDim: 32)

/// Reads what lies beside weights: the configurations of a model, of its pictures and its tokenizer.
@Sendable func readConfiguration(_ bytes: [UInt8]) {
  let path = InputFile.path(of: bytes)
  if let settings = try? Settings.read(path) {
    if HuggingFaceConfiguration.isCLIP(settings) {
      _ = try? HuggingFaceConfiguration.read(settings, geometry)
    }
    _ = try? OpenCLIPConfiguration.read(settings, geometry)
  }
  _ = try? ImageProcessor.read(in: InputFile.folder, geometry.imageSize)
  try? HuggingFaceTokenizer.check(in: InputFile.folder)
}

/// Reads a file of labels.
@Sendable func readLabels(_ bytes: [UInt8]) {
  _ = try? LabelFile.read(InputFile.path(of: bytes))
}

private let tokenizers: [Tokenizer] = {
  let merges = [("a", "n"), ("an", "d</w>"), ("c", "u"), ("cu", "p</w>")]
  guard let vocabulary = try? Vocabulary(merges: merges.map { (left: $0.0, right: $0.1) }) else {
    fatalError("the vocabulary of the target is wrong")
  }
  return TextCleaning.allCases.map { Tokenizer(vocabulary, cleaning: $0) }
}()

/// Cleans and encodes a text.
@Sendable func encodeText(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  for tokenizer in tokenizers {
    let encoding = tokenizer.encode(text, contextLength: 16)
    precondition(encoding.ids.count == 16, "a text has \(encoding.ids.count) ids")
  }
  _ = PromptTemplate.prompt("a photo of a {}.", of: nameInPrompt(text))
}

/// Reads CoOp's split of a data set.
@Sendable func readSplit(_ bytes: [UInt8]) {
  _ = try? PhotoSet.split(file: InputFile.path(of: bytes), images: "images")
}

/// Reads a file of options or cameras.
@Sendable func readYAML(_ bytes: [UInt8]) {
  let document = YAMLDocument(bytes)
  precondition(document.root == nil || document.faults.isEmpty || document.faults.count < 1000)
}
