/// Bodies of pickles that are wrong, too deep or too much.
enum PickleNonsense {
  static let all: [(name: String, body: [UInt8])] = [
    ("nothing", []), ("a mark only", Array("(".utf8)), ("pop of nothing", Array("0".utf8)),
    ("tuple without mark", Array("t".utf8)), ("tuple of too few", [0x87]),
    ("pop through a mark", Array("N(0".utf8)), ("an unknown opcode", [0xff]),
    ("protocol 0 text", Array("S'a'\n".utf8)), ("persistent id in text", Array("Pa\n".utf8)),
    ("extension", [0x82, 1]), ("memo never set", Array("h\u{5}".utf8)),
    ("a key without value", Array("}(Nu".utf8)), ("items of a number", Array("K\u{1}(NNu".utf8)),
    ("append to a number", Array("K\u{1}Na".utf8)),
    ("class named by numbers", Array("K\u{1}K\u{1}".utf8) + [0x93]),
    ("a class name without end", Array("cos".utf8)),
    ("a class name of a megabyte", Array("c".utf8) + [UInt8](repeating: 0x61, count: 1 << 20)),
    ("a text longer than the file", Array("X".utf8) + [0xff, 0xff, 0xff, 0x7f]),
    ("a text of 2^63 bytes", [0x8d] + [UInt8](repeating: 0xff, count: 8)),
    ("text that is no UTF-8", Array("X".utf8) + [1, 0, 0, 0, 0xff]),
    ("another protocol", [0x80, 9]),
    ("a persistent id of text", TorchBytes.text("storage") + Array("Q".utf8)),
    ("a persistent id of nothing", Array(")Q".utf8)),
    (
      "a parameter of nothing",
      TorchBytes.call("torch._utils", "_rebuild_parameter", Array(")".utf8))
    ),
    ("tuples a million deep", Array(")".utf8) + [UInt8](repeating: 0x85, count: 1_000_000)),
    (
      "lists a million deep",
      [UInt8](repeating: 0x5d, count: 1_000_000) + [UInt8](repeating: 0x61, count: 999_999)
    ),
    ("five million values", [UInt8](repeating: 0x4e, count: 5_000_000)),
    ("a list that holds itself", Array("]q\u{0}h\u{0}a".utf8)),
    (
      "a dictionary that holds itself",
      Array("}q\u{0}".utf8) + TorchBytes.text("a") + Array("h\u{0}s".utf8)
    ),
    (
      "dictionaries a thousand deep",
      (0..<1000).flatMap { _ in Array("}".utf8) + TorchBytes.text("a") } + Array("N".utf8)
        + [UInt8](repeating: 0x73, count: 1000)
    ),
    // Each holds the one before twice: 2^40 paths to the tensor.
    (
      "dictionaries that double",
      TorchBytes.tensor()
        + (0..<40).flatMap { level -> [UInt8] in
          Array("q".utf8) + [UInt8(level)] + Array("0}(".utf8) + TorchBytes.text("a")
            + Array("h".utf8) + [
              UInt8(level)
            ] + TorchBytes.text("b")
            + Array("h".utf8) + [UInt8(level)] + Array("u".utf8)
        }
    ),
  ]

  /// A few megabytes that ask for gigabytes: what is given once is used many times, by the memo.
  static let bombs: [(name: String, body: [UInt8])] = [
    (
      "a list of 200,000 as the shape of 200,000 tensors",
      TorchBytes.global("torch._utils", "_rebuild_tensor_v2") + Array("q\u{0}0".utf8)
        + TorchBytes.storage() + Array("q\u{1}0(".utf8) + ones + Array("tq\u{2}0(".utf8)
        + many(200_000, "h\u{0}(h\u{1}K\u{0}h\u{2}h\u{2}tR") + Array("t".utf8)
    ),
    (
      "a list of 200,000 pairs as the items of 200,000 dictionaries",
      TorchBytes.global("collections", "OrderedDict") + Array("q\u{0}0(".utf8)
        + (0..<200_000).flatMap { _ in Array("NN".utf8) + [0x86] } + Array("l".utf8) + [0x85]
        + Array("q\u{1}0(".utf8) + many(200_000, "h\u{0}h\u{1}R") + Array("t".utf8)
    ),
    (
      "a name of 60,000 letters for 200,000 tensors",
      TorchBytes.tensor() + Array("q\u{0}0}q\u{1}(".utf8)
        + TorchBytes.text(String(repeating: "x", count: 60_000)) + Array("h\u{0}u0}(".utf8)
        + (0..<200_000).flatMap { TorchBytes.integer($0) + Array("h\u{1}".utf8) }
        + Array("u".utf8)
    ),
  ]

  private static let ones = many(200_000, "K\u{1}")

  private static func many(_ count: Int, _ part: String) -> [UInt8] {
    [UInt8]([[UInt8]](repeating: Array(part.utf8), count: count).joined())
  }
}
