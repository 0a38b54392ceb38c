/// Bodies of pickles that are wrong, too deep or too much.
enum PickleNonsense {
  static let all: [(name: String, body: [UInt8])] = [
    ("nothing", []), ("a mark only", ascii("(")), ("pop of nothing", ascii("0")),
    ("tuple without mark", ascii("t")), ("tuple of too few", [0x87]),
    ("pop through a mark", ascii("N(0")), ("an unknown opcode", [0xff]),
    ("protocol 0 text", ascii("S'a'\n")), ("persistent id in text", ascii("Pa\n")),
    ("extension", [0x82, 1]), ("memo never set", ascii("h\u{5}")),
    ("a key without value", ascii("}(Nu")), ("items of a number", ascii("K\u{1}(NNu")),
    ("append to a number", ascii("K\u{1}Na")),
    ("class named by numbers", joined(ascii("K\u{1}K\u{1}"), [0x93])),
    ("a class name without end", ascii("cos")),
    ("a class name of a megabyte", joined(ascii("c"), many(1 << 20, "a"))),
    ("a text longer than the file", joined(ascii("X"), [0xff, 0xff, 0xff, 0x7f])),
    ("a text of 2^63 bytes", joined([0x8d], bytes(8, 0xff))),
    ("text that is no UTF-8", joined(ascii("X"), [1, 0, 0, 0, 0xff])),
    ("another protocol", [0x80, 9]),
    ("a persistent id of text", joined(TorchBytes.text("storage"), ascii("Q"))),
    ("a persistent id of nothing", ascii(")Q")),
    ("a parameter of nothing", TorchBytes.call("torch._utils", "_rebuild_parameter", ascii(")"))),
    ("tuples a million deep", joined(ascii(")"), bytes(1_000_000, 0x85))),
    ("lists a million deep", joined(bytes(1_000_000, 0x5d), bytes(999_999, 0x61))),
    ("five million values", bytes(5_000_000, 0x4e)),
    ("a list that holds itself", ascii("]q\u{0}h\u{0}a")),
    (
      "a dictionary that holds itself",
      joined(ascii("}q\u{0}"), TorchBytes.text("a"), ascii("h\u{0}s"))
    ),
    (
      "dictionaries a thousand deep",
      joined(
        many(1000, joined(ascii("}"), TorchBytes.text("a"))), ascii("N"), bytes(1000, 0x73))
    ),
    ("dictionaries that double", doubling),
  ]

  /// A few megabytes that ask for gigabytes: what is given once is used many times, by the memo.
  static let bombs: [(name: String, body: [UInt8])] = [
    (
      "a list of 200,000 as the shape of 200,000 tensors",
      joined(
        TorchBytes.global("torch._utils", "_rebuild_tensor_v2"), ascii("q\u{0}0"),
        TorchBytes.storage(), ascii("q\u{1}0("), many(200_000, "K\u{1}"), ascii("tq\u{2}0("),
        many(200_000, "h\u{0}(h\u{1}K\u{0}h\u{2}h\u{2}tR"), ascii("t"))
    ),
    (
      "a list of 200,000 pairs as the items of 200,000 dictionaries",
      joined(
        TorchBytes.global("collections", "OrderedDict"), ascii("q\u{0}0("),
        many(200_000, joined(ascii("NN"), [0x86])), ascii("l"), [0x85], ascii("q\u{1}0("),
        many(200_000, "h\u{0}h\u{1}R"), ascii("t"))
    ),
    (
      "a name of 60,000 letters for 200,000 tensors",
      joined(
        TorchBytes.tensor(), ascii("q\u{0}0}q\u{1}("),
        TorchBytes.text(String(repeating: "x", count: 60_000)), ascii("h\u{0}u0}("),
        joined((0..<200_000).map { joined(TorchBytes.integer($0), ascii("h\u{1}")) }),
        ascii("u"))
    ),
  ]

  /// Each dictionary holds the one before twice: 2^40 paths to the tensor.
  private static var doubling: [UInt8] {
    var body = TorchBytes.tensor()
    for level in 0..<UInt8(40) {
      body += joined(ascii("q"), [level], ascii("0}("))
      for key in ["a", "b"] { body += joined(TorchBytes.text(key), ascii("h"), [level]) }
      body += ascii("u")
    }
    return body
  }

  private static func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func bytes(_ count: Int, _ byte: UInt8) -> [UInt8] {
    [UInt8](repeating: byte, count: count)
  }

  private static func many(_ count: Int, _ part: [UInt8]) -> [UInt8] {
    joined([[UInt8]](repeating: part, count: count))
  }

  private static func many(_ count: Int, _ part: String) -> [UInt8] { many(count, ascii(part)) }

  // Functions rather than long sums, at which Swift 6.2 gives up.
  private static func joined(_ parts: [UInt8]...) -> [UInt8] { joined(parts) }

  private static func joined(_ parts: [[UInt8]]) -> [UInt8] { [UInt8](parts.joined()) }
}
