import FuzzTarget

@testable import Checkpoints

/// Opens a checkpoint of any format and reads its first tensors.
@Sendable func readCheckpoint(_ bytes: [UInt8]) {
  guard let checkpoint = try? Checkpoint(path: InputFile.path(of: bytes)) else { return }
  for tensor in checkpoint.tensors.prefix(16) { _ = try? checkpoint.floats(tensor.name) }
}

/// Opens the index of several checkpoints, of which only itself is there.
@Sendable func readIndex(_ bytes: [UInt8]) {
  _ = InputFile.path(of: bytes)
  _ = try? Checkpoint(path: InputFile.folder + "x.index.json")
}

/// Reads the input as the pickle of a torch file with a few storages.
@Sendable func readPickle(_ bytes: [UInt8]) { readCheckpoint(torchFile(pickle: bytes)) }

/// A zip file of torch: the pickle, and storages `0` to `7` of 64 zeros each.
private func torchFile(pickle: [UInt8]) -> [UInt8] {
  var file: [UInt8] = []
  var directory: [UInt8] = []
  var count = 0
  func add(_ name: String, _ bytes: [UInt8]) {
    let start = file.count
    let sizes = little(bytes.count, 4) + little(bytes.count, 4) + little(name.utf8.count, 2)
    file += little(0x0403_4b50, 4) + little(0, 14) + sizes + little(0, 2) + Array(name.utf8) + bytes
    directory += little(0x0201_4b50, 4) + little(0, 16) + sizes + little(0, 12)
    directory += little(start, 4) + Array(name.utf8)
    count += 1
  }
  add("a/data.pkl", pickle)
  for key in 0..<8 { add("a/data/\(key)", [UInt8](repeating: 0, count: 64)) }
  let start = file.count
  file += directory + little(0x0605_4b50, 4) + little(0, 4) + little(count, 2) + little(count, 2)
  return file + little(directory.count, 4) + little(start, 4) + little(0, 2)
}

private func little(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// Changes a pickle by whole operations as often as by bytes: takes some out, doubles, moves, or puts in others.
@Sendable func mutatePickle(_ bytes: [UInt8], longest: Int, dice: inout Dice) -> [UInt8] {
  var operations = pickleOperations(bytes)
  guard Bool.random(using: &dice), !operations.isEmpty else { return [] }
  for _ in 0..<Int.random(in: 1...4, using: &dice) {
    let at = Int.random(in: 0..<operations.count, using: &dice)
    let other = Int.random(in: 0..<operations.count, using: &dice)
    switch Int.random(in: 0..<6, using: &dice) {
    case 0 where operations.count > 1: operations.remove(at: at)
    case 1: operations.insert(operations[other], at: at)
    case 2: operations.swapAt(at, other)
    case 3:
      let end = min(operations.count, other + Int.random(in: 1...12, using: &dice))
      operations.insert(contentsOf: operations[other..<end], at: at)
    case 4: operations.insert(newOperation(&dice), at: at)
    default:  // another argument
      let new = fuzzed(Array(operations[at].dropFirst()), room: 0)
      operations[at].replaceSubrange(1..., with: new.prefix(operations[at].count - 1))
    }
  }
  let result = operations.joined()
  return Array(result.prefix(longest))
}

/// The pickle's operations, each with its argument; what cannot be told apart is one more at the end.
private func pickleOperations(_ bytes: [UInt8]) -> [[UInt8]] {
  var operations: [[UInt8]] = []
  var rest = bytes[...]
  func number(_ count: Int) -> Int {
    rest.dropFirst().prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
  }
  while let code = rest.first {
    var length: Int
    switch code {
    case 0x80, UInt8(ascii: "K"), UInt8(ascii: "q"), UInt8(ascii: "h"): length = 2
    case UInt8(ascii: "M"): length = 3
    case UInt8(ascii: "J"), UInt8(ascii: "r"), UInt8(ascii: "j"): length = 5
    case UInt8(ascii: "G"), 0x95: length = 9
    case 0x8a, 0x8c, UInt8(ascii: "U"), UInt8(ascii: "C"): length = 2 + number(1)
    case UInt8(ascii: "X"), UInt8(ascii: "T"), UInt8(ascii: "B"): length = 5 + number(4)
    case UInt8(ascii: "c"):
      let ends = rest.indices.filter { rest[$0] == 0x0A }.prefix(2)
      length = ends.count == 2 ? ends[ends.count - 1] + 1 - rest.startIndex : rest.count
    default: length = 1
    }
    length = min(length, rest.count)
    operations.append(Array(rest.prefix(length)))
    rest = rest.dropFirst(length)
  }
  return operations
}

private func newOperation(_ dice: inout Dice) -> [UInt8] {
  let letters = Array("N()]}0123tdlaeusRbQ.".utf8)
  let plain = letters + [0x81, 0x85, 0x86, 0x87, 0x88, 0x8f, 0x92, 0x93, 0x94]
  let classes = [
    "torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_parameter\n",
    "collections\nOrderedDict\n", "torch\nFloatStorage\n", "torch\nHalfStorage\n",
    "torch\nSize\n", "__torch__\nM\n",
  ]
  let numbers = [0, 1, 2, -1, 63, 64, Int.max, Int.min, 1 << 62, 1 << 32]
  switch Int.random(in: 0..<6, using: &dice) {
  case 0:
    return [UInt8(ascii: "c")] + Array(classes[Int.random(in: classes.indices, using: &dice)].utf8)
  case 1: return [0x8a, 8] + little(numbers[Int.random(in: numbers.indices, using: &dice)], 8)
  case 2: return [UInt8(ascii: "h"), UInt8.random(in: 0...31, using: &dice)]
  case 3: return [0x8c, 1, UInt8.random(in: 0x30...0x37, using: &dice)]
  default: return [plain[Int.random(in: plain.indices, using: &dice)]]
  }
}
