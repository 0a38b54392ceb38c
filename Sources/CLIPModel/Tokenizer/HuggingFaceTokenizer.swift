import Checkpoints
import FoundationEssentials
import Tokenization

/// Settings of Hugging Face's `CLIPTokenizer`, which must be those that are followed here.
enum HuggingFaceTokenizer {
  /// Checks what a folder has of `tokenizer_config.json` and `tokenizer.json`.
  static func check(in folder: String) throws(CLIPError) {
    if let settings = try Settings.read(folder + "tokenizer_config.json") {
      try check(settings)
    }
    let file = folder + "tokenizer.json"
    if FileManager.default.fileExists(atPath: file) { try check(file: file) }
  }

  private static func check(_ settings: Settings) throws(CLIPError) {
    var settings = settings
    // The general classes do what `tokenizer.json` says, which is checked.
    try settings.expect(
      "tokenizer_class",
      ["CLIPTokenizer", "CLIPTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"])
    if try !(settings.flag("do_lower_case") ?? true) {
      throw settings.unsupported("do_lower_case", .flag(false))
    }
    try settings.expect("truncation_side", ["right"])
    for (key, token) in [
      ("bos_token", Vocabulary.startToken), ("eos_token", Vocabulary.endToken),
    ] {
      guard let value = settings.take(key) else { continue }
      guard content(of: value) == token else {
        throw settings.unsupported(key, value, token)
      }
    }
    try settings.refuse([
      "add_prefix_space", "auto_map", "split_special_tokens", "extra_special_tokens",
      "additional_special_tokens", "strip_accents", "tokenize_chinese_chars", "never_split",
    ])
    // What is padded or unknown is never seen by the text tower: the end of a text is, and all bytes are known.
    settings.drop([
      "pad_token", "unk_token", "mask_token", "added_tokens_decoder", "padding_side", "padding",
      "pad_to_multiple_of", "pad_token_type_id", "truncation", "truncation_strategy", "stride",
      "max_length", "model_max_length", "errors", "clean_up_tokenization_spaces",
      "special_tokens_map_file", "name_or_path", "_name_or_path", "tokenizer_file", "vocab_file",
      "merges_file", "processor_class", "model_input_names", "return_token_type_ids", "verbose",
      "use_fast", "legacy", "backend", "is_local", "local_files_only", "chat_template",
      "add_bos_token", "add_eos_token", "transformers_version", "model_specific_special_tokens",
      "from_slow",
    ])
    try settings.finish()
  }

  /// Checks how a `tokenizer.json` cleans and splits; a `vocab.json` says nothing about that.
  static func check(file path: String) throws(CLIPError) {
    struct File: Decodable {
      let model: Model?
      let normalizer: JSONValue?
      let pre_tokenizer: JSONValue?
    }
    struct Model: Decodable {
      let dropout: JSONValue?
      let byte_fallback: JSONValue?
      let ignore_merges: JSONValue?
      let continuing_subword_prefix: JSONValue?
    }
    // What cannot be read at all is told of where the vocabulary is read.
    guard let data = try? Data(contentsOf: URL(filePath: LinkText.followed(path))),
      let file = try? JSONDecoder().decode(File.self, from: data), let model = file.model
    else { return }
    func refuse(_ key: String, _ value: JSONValue?) -> CLIPError {
      .configuration(
        path: path,
        what: "sets \(key) to \((value ?? .null).words), which is not CLIP's and not supported")
    }
    guard steps(file.normalizer, "normalizers") == normalizers else {
      throw refuse("normalizer", file.normalizer)
    }
    let splitting = steps(file.pre_tokenizer, "pretokenizers")
    guard patterns.contains(where: { splitting == Self.splitting($0) }) else {
      throw refuse("pre_tokenizer", file.pre_tokenizer)
    }
    for (key, value) in [
      ("dropout", model.dropout), ("byte_fallback", model.byte_fallback),
      ("ignore_merges", model.ignore_merges),
      ("continuing_subword_prefix", model.continuing_subword_prefix),
    ] where !(value ?? .null).isNothing {
      throw refuse("model.\(key)", value)
    }
  }

  private static func content(of token: JSONValue) -> String? {
    switch token {
    case .text(let text): text
    case .object(let object): if case .text(let text) = object["content"] { text } else { nil }
    default: nil
    }
  }

  /// The steps of a sequence, without what does not matter about them.
  private static func steps(_ value: JSONValue?, _ key: String) -> [[String: JSONValue]] {
    guard case .object(let object) = value else { return [] }
    var list = [JSONValue.object(object)]
    if object["type"] == .text("Sequence"), case .list(let steps) = object[key] { list = steps }
    return list.map { step in
      guard case .object(var settings) = step else { return [:] }
      settings["trim_offsets"] = nil
      if settings["use_regex"] == .flag(true) { settings["use_regex"] = nil }
      return settings
    }
  }

  private static let normalizers: [[String: JSONValue]] = [
    ["type": .text("NFC")],
    [
      "type": .text("Replace"), "pattern": .object(["Regex": .text(#"\s+"#)]),
      "content": .text(" "),
    ],
    ["type": .text("Lowercase")],
  ]

  /// Version 5 of transformers writes the names of start and end into the pattern, too.
  private static let patterns: [String] = {
    let words = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
    return [words, #"<\|startoftext\|>|<\|endoftext\|>|"# + words]
  }()

  private static func splitting(_ pattern: String) -> [[String: JSONValue]] {
    [
      [
        "type": .text("Split"), "pattern": .object(["Regex": .text(pattern)]),
        "behavior": .text("Removed"), "invert": .flag(true),
      ],
      ["type": .text("ByteLevel"), "add_prefix_space": .flag(false)],
    ]
  }
}
