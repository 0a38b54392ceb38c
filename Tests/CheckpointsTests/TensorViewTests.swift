import Checkpoints
import Testing

/// Every number format and kind of view, as torch wrote them (`odd` in tools/shrink-checkpoints).
struct TensorViewTests {
  static let files = ["odd.pt", "odd-legacy.bin"]

  @Test("Numbers of all formats", arguments: files)
  func numbers(file: String) throws {
    let checkpoint = try Checkpoint(path: fixtures + file)
    for type in ElementType.allCases where type != .uint8 && type != .bool {
      let name = "numbers.\(type.rawValue)"
      #expect(checkpoint.tensor(name)?.type == type)
      #expect(try checkpoint.floats(name) == [-2, -1, 0, 1, 2, 3], "\(type)")
    }
    #expect(try checkpoint.floats("numbers.uint8") == [0, 1, 127, 128, 254, 255])
    #expect(try checkpoint.floats("numbers.bool") == [1, 0, 1])
    let halves = try checkpoint.floats("halves")
    #expect(halves.dropLast() == [0, -0.0, 0x1p-24, -0x1p-14, 65504, .infinity])
    #expect(halves[1].sign == .minus && halves[6].isNaN)
  }

  @Test("Views of one storage", arguments: files)
  func views(file: String) throws {
    let checkpoint = try Checkpoint(path: fixtures + file)
    func check(_ name: String, _ shape: [Int], _ values: [Float]) throws {
      #expect(checkpoint.tensor(name)?.shape == shape, "\(name)")
      #expect(try checkpoint.floats(name) == values, "\(name)")
    }
    let base = (0..<24).map(Float.init)
    try check("base", [4, 6], base)
    try check(
      "transposed", [6, 4], (0..<6).flatMap { column in (0..<4).map { base[$0 * 6 + column] } })
    try check("row", [6], [12, 13, 14, 15, 16, 17])
    try check("column", [4], [3, 9, 15, 21])
    try check("step", [2, 2], [6, 9, 18, 21])
    try check("expanded", [3, 2], [7, 7, 7, 7, 7, 7])
    try check("scalar", [], [5.5])
    try check("empty", [0, 3], [])
    try check("parameter", [2], [1, 1])
    var permuted: [Float] = []
    for k in 0..<4 {
      for i in 0..<2 { for j in 0..<3 { permuted.append(Float(i * 12 + j * 4 + k)) } }
    }
    try check("permuted", [4, 2, 3], permuted)
  }

  @Test("The step along an axis of one element may be any number, since it is never taken")
  func stepOfOneElement() throws {
    let tensor = TorchBytes.tensor(shape: [2, 1, 2], strides: [1, .max, 1])
    let file = TorchBytes.pickle(TorchBytes.dictionary([("a", tensor)]))
    #expect(try open(TorchBytes.torch(file)).floats("a") == [1, 2, 2, 3])
  }

  @Test("What is no tensor is not listed, and says so when asked for", arguments: files)
  func others(file: String) throws {
    let checkpoint = try Checkpoint(path: fixtures + file)
    let names = Set(checkpoint.tensors.map(\.name))
    #expect(names.isDisjoint(with: ["note", "listed", "epoch", "complex"]))
    #expect(names.count == 10 + 11)
    #expect(throws: CheckpointError.missing(path: fixtures + file, tensor: "note")) {
      try checkpoint.floats("note")
    }
    if file == "odd.pt" {
      let error = try #require(throws: CheckpointError.self) { try checkpoint.floats("complex") }
      #expect("\(error)".contains("ComplexFloatStorage"), "\(error)")
    }
  }

  @Test(
    "Each format is known by its content",
    arguments: [
      ("openai.pt", CheckpointFormat.torchScript), ("state-dict.pt", .torchZip),
      ("state-dict-legacy.bin", .torchLegacy), ("hugging-face/model.safetensors", .safetensors),
      ("mmrl.pth.tar-4", .torchZip),
    ])
  func formats(file: String, format: CheckpointFormat) throws {
    #expect(try Checkpoint(path: fixtures + file).format == format)
  }

  @Test("Two formats of one state dict hold the same tensors in the same order")
  func sameOrder() throws {
    let zip = try Checkpoint(path: fixtures + "state-dict.pt")
    let legacy = try Checkpoint(path: fixtures + "state-dict-legacy.bin")
    #expect(zip.tensors.map(\.name) == legacy.tensors.map(\.name))
    for tensor in zip.tensors {
      #expect(try zip.floats(tensor.name) == legacy.floats(tensor.name), "\(tensor.name)")
    }
  }
}
