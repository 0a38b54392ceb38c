/// Reads one pickle (protocols 2 to 5) as data: no class is looked up, nothing is instantiated or called.
///
/// The opcodes are those of CPython's `Lib/pickletools.py`. Of all the calls that a pickle can ask for, only the few that
/// make up tensors and dictionaries are understood (`PickleMachine+Calls.swift`); every other one leaves an opaque value.
/// Work and memory are bounded by the number of opcodes, each of which makes at most one value.
struct PickleMachine {
  /// An opcode takes at least one byte of input and up to about a hundred of memory; real checkpoints have less than a
  /// million.
  static let maximumOperations = 4_000_000
  /// Longer texts are stepped over: no name in a checkpoint is that long.
  static let maximumText = 1 << 16
  /// What calls may copy in all; what they are given once can be handed to a million of them.
  static let maximumCopies = 1_000_000

  var reader: ByteReader
  var heap = PickleHeap()
  /// Items that calls have copied so far.
  var copies = 0
  private var stack: [PickleValue] = []
  /// Heights of the stack at the open marks.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]

  private init(_ reader: ByteReader) { self.reader = reader }

  /// Reads the pickle at the reader's position and leaves the reader behind its STOP.
  static func run(_ reader: inout ByteReader) throws(CheckpointError) -> (
    root: PickleValue, heap: PickleHeap
  ) {
    var machine = PickleMachine(reader)
    for _ in 0..<maximumOperations {
      let start = machine.reader.position
      let code = try machine.reader.byte("a pickle")
      if code == UInt8(ascii: ".") {
        let root = try machine.pop()
        reader = machine.reader
        return (root, machine.heap)
      }
      try machine.execute(code, at: start)
    }
    throw machine.reader.malformed("the pickle has more than \(maximumOperations) operations")
  }

  private mutating func execute(_ code: UInt8, at start: Int) throws(CheckpointError) {
    switch code {
    // Frame of the stream.
    case 0x80:  // PROTO
      let version = try reader.byte("a pickle")
      guard (2...5).contains(version) else {
        throw reader.malformed("pickle protocol \(version) is not read", at: start)
      }
    case 0x95: _ = try reader.take(8, "a pickle frame")  // FRAME
    // Constants.
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"):
      stack.append(.integer(Int(try reader.integer(Int32.self, "a number"))))
    case UInt8(ascii: "K"): stack.append(.integer(Int(try reader.byte("a number"))))
    case UInt8(ascii: "M"):
      stack.append(.integer(Int(try reader.integer(UInt16.self, "a number"))))
    case 0x8a: try pushLong(byteCount: Int(try reader.byte("a number")))
    case UInt8(ascii: "G"):
      let bits = UInt64(
        bigEndian: UInt64(littleEndian: try reader.integer(UInt64.self, "a number")))
      stack.append(.real(Double(bitPattern: bits)))
    // Text and bytes.
    case UInt8(ascii: "X"): try pushText(Int(try reader.integer(UInt32.self, "a text")))
    case 0x8c: try pushText(Int(try reader.byte("a text")))
    case 0x8d: try pushText(try reader.length("a text"))
    case UInt8(ascii: "U"): try pushText(Int(try reader.byte("a text")))
    case UInt8(ascii: "T"): try pushText(Int(try reader.integer(UInt32.self, "a text")))
    case UInt8(ascii: "B"): try skipBytes(Int(try reader.integer(UInt32.self, "bytes")))
    case UInt8(ascii: "C"): try skipBytes(Int(try reader.byte("bytes")))
    case 0x8e, 0x96: try skipBytes(try reader.length("bytes"))
    // The stack.
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): stack.append(try top())
    // The memo.
    case UInt8(ascii: "q"): memo[Int(try reader.byte("a memo index"))] = try top()
    case UInt8(ascii: "r"): memo[Int(try reader.integer(UInt32.self, "a memo index"))] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): try recall(Int(try reader.byte("a memo index")), at: start)
    case UInt8(ascii: "j"):
      try recall(Int(try reader.integer(UInt32.self, "a memo index")), at: start)
    // Tuples, lists, sets.
    case UInt8(ascii: ")"), UInt8(ascii: "]"), 0x8f: stack.append(heap.add(sequence: []))
    case UInt8(ascii: "t"), UInt8(ascii: "l"), 0x91:
      stack.append(heap.add(sequence: try popToMark()))
    case 0x85...0x87:
      let count = Int(code) - 0x84
      let elements = try pop(count)
      stack.append(heap.add(sequence: elements))
    case UInt8(ascii: "a"): try append([try pop()], at: start)
    case UInt8(ascii: "e"), 0x90: try append(try popToMark(), at: start)
    // Dictionaries.
    case UInt8(ascii: "}"): stack.append(heap.add(dictionary: []))
    case UInt8(ascii: "d"):
      let items = try popToMark()
      stack.append(heap.add(dictionary: []))
      try setItems(items, at: start)
    case UInt8(ascii: "s"): try setItems(try pop(2), at: start)
    case UInt8(ascii: "u"): try setItems(try popToMark(), at: start)
    // Classes and calls.
    case UInt8(ascii: "c"):
      let module = try reader.line(limit: 1024, "a module name")
      let name = try reader.line(limit: 1024, "a class name")
      stack.append(.global("\(module) \(name)"))
    case 0x93:
      let names = try pop(2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else {
        throw reader.malformed("a class name is not text", at: start)
      }
      stack.append(.global("\(module) \(name)"))
    case UInt8(ascii: "R"):
      let parts = try pop(2)
      stack.append(try call(parts[0], arguments: parts[1], at: start))
    case 0x81:
      let parts = try pop(2)
      stack.append(newObject(of: parts[0]))
    case 0x92:
      let parts = try pop(3)
      stack.append(newObject(of: parts[0]))
    case UInt8(ascii: "b"):
      let state = try pop()
      build(try top(), state: state)
    case UInt8(ascii: "Q"): stack.append(try persistent(try pop(), at: start))
    default:
      throw reader.malformed(
        "pickle opcode 0x\(String(code, radix: 16)) does not occur in checkpoints", at: start)
    }
  }

  // MARK: Stack and memo

  private func top() throws(CheckpointError) -> PickleValue {
    guard let value = stack.last, stack.count > marks.last ?? 0 else {
      throw reader.malformed("the pickle takes a value that it never gave")
    }
    return value
  }

  private mutating func pop() throws(CheckpointError) -> PickleValue {
    let value = try top()
    stack.removeLast()
    return value
  }

  private mutating func pop(_ count: Int) throws(CheckpointError) -> [PickleValue] {
    guard stack.count - (marks.last ?? 0) >= count else {
      throw reader.malformed("the pickle takes \(count) values that it never gave")
    }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw reader.malformed("the pickle closes a mark that it never opened")
    }
    defer { stack.removeSubrange(mark...) }
    return Array(stack[mark...])
  }

  private mutating func recall(_ index: Int, at start: Int) throws(CheckpointError) {
    guard let value = memo[index] else {
      throw reader.malformed("the pickle recalls memo \(index), which it never set", at: start)
    }
    stack.append(value)
  }

  // MARK: Values

  private mutating func pushLong(byteCount: Int) throws(CheckpointError) {
    let bytes = try reader.bytes(byteCount, "a number")
    guard bytes.count <= 8 else {
      stack.append(.opaque("a long number"))
      return
    }
    var value = bytes.last.map { $0 >= 0x80 ? -1 : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    stack.append(.integer(value))
  }

  private mutating func pushText(_ byteCount: Int) throws(CheckpointError) {
    guard byteCount <= Self.maximumText else {
      _ = try reader.take(byteCount, "a text")
      stack.append(.opaque("a long text"))
      return
    }
    stack.append(.text(try reader.text(byteCount, "a text")))
  }

  private mutating func skipBytes(_ byteCount: Int) throws(CheckpointError) {
    _ = try reader.take(byteCount, "bytes")
    stack.append(.opaque("bytes"))
  }

  private mutating func append(_ values: [PickleValue], at start: Int) throws(CheckpointError) {
    switch try top() {
    case .sequence(let index): heap.sequences[index].append(contentsOf: values)
    case .object, .opaque: break
    default: throw reader.malformed("the pickle appends to what is no list", at: start)
    }
  }

  private mutating func setItems(_ items: [PickleValue], at start: Int) throws(CheckpointError) {
    guard items.count.isMultiple(of: 2) else {
      throw reader.malformed("the pickle gives a key without a value", at: start)
    }
    switch try top() {
    case .dictionary(let index):
      for item in stride(from: 0, to: items.count, by: 2) {
        heap.dictionaries[index].append((items[item], items[item + 1]))
      }
    case .object, .opaque: break
    default: throw reader.malformed("the pickle sets items of what is no dictionary", at: start)
    }
  }
}
