import Checkpoints
import Foundation
import TestSupport
import Testing

/// Pickles that nobody's trainer writes.
struct PickleTests {
  typealias B = TorchBytes

  @Test("A plain one is read, so that the others fail for their own reasons")
  func plain() throws {
    let checkpoint = try open(B.torch(B.pickle(B.dictionary([("a", B.tensor())]))))
    #expect(try checkpoint.floats("a") == [1, 2, 3, 4])
  }

  /// The calls that a malicious pickle makes, each of which would create a file.
  @Test(
    "No call is carried out",
    arguments: [
      ("os", "system"), ("posix", "system"), ("__builtin__", "eval"), ("subprocess", "Popen"),
    ])
  func calls(module: String, name: String) throws {
    try withTemporaryDirectory { folder in
      let mark = folder + "/executed"
      let command =
        module == "__builtin__" ? "open('\(mark)', 'w')" : "touch '\(mark)'"
      let attack = B.call(module, name, [UInt8](B.text(command)) + [0x85])
      // As the whole pickle there is nothing to read.
      let error = try #require(throws: CheckpointError.self) { try open(B.torch(B.pickle(attack))) }
      #expect("\(error)".contains("\(module) \(name)"), "\(error)")
      // Beside a tensor it is passed over, and refused where it is asked for.
      let beside = try open(B.torch(B.pickle(B.dictionary([("a", B.tensor()), ("b", attack)]))))
      #expect(try beside.floats("a") == [1, 2, 3, 4])
      #expect(throws: CheckpointError.self) { try beside.floats("b") }
      // As the storage, shape or argument of a tensor it is refused, too.
      for arguments in [
        B.tuple(attack, B.integer(0), B.tuple(B.integer(4)), B.tuple(B.integer(1))),
        B.tuple(B.tensor(), B.integer(0), attack, attack), attack,
      ] {
        let tensor = B.call("torch._utils", "_rebuild_tensor_v2", arguments)
        #expect(throws: CheckpointError.self) { try readAll(B.torch(B.pickle(tensor))) }
      }
      #expect(!FileManager.default.fileExists(atPath: mark))
    }
  }

  @Test("Objects of any class are passed over, their state and items with them")
  func objects() throws {
    var object = B.global("some.module", "Thing") + Array(")".utf8)
    object.append(0x81)
    object += B.dictionary([("hidden", B.tensor())]) + Array("b".utf8)
    let checkpoint = try open(
      B.torch(B.pickle(B.dictionary([("thing", object), ("a", B.tensor())]))))
    #expect(checkpoint.tensors.map(\.name) == ["a"])
    let error = try #require(throws: CheckpointError.self) { try checkpoint.floats("thing") }
    #expect("\(error)".contains("some.module Thing"), "\(error)")
  }

  @Test(
    "Shapes that leave the storage are refused",
    arguments: [
      ([5], [1], 0), ([4], [1], 1), ([4], [2], 0), ([2, 2], [4, 1], 0), ([4], [1], -1),
      ([-1], [1], 0),
      ([4], [-1], 3), ([4], [1, 1], 0), ([0x7fff_ffff, 0x7fff_ffff, 0x7fff_ffff], [0, 0, 0], 0),
      ([0x7fff_ffff], [0], 0), ([2, 2], [0x7fff_ffff, 0x7fff_ffff], 0), ([0], [1], 5),
      ([Int](repeating: 1, count: 17), [Int](repeating: 1, count: 17), 0),
    ])
  func views(shape: [Int], strides: [Int], offset: Int) {
    let pickle = B.pickle(
      B.dictionary([("a", B.tensor(shape: shape, strides: strides, offset: offset))]))
    #expect(throws: CheckpointError.self) { try open(B.torch(pickle)) }
  }

  @Test("Storages that are not there, too small, or described twice are refused")
  func storages() {
    for tensors in [
      [B.tensor(key: "1")], [B.tensor(key: "../data.pkl")], [B.tensor(count: 5)],
      [B.tensor(count: -1)], [B.tensor(count: 4), B.tensor(count: 3)],
      [B.tensor(), B.tensor(storage: "HalfStorage")],
    ] {
      let items = tensors.enumerated().map { ("\($0.offset)", $0.element) }
      #expect(throws: CheckpointError.self) { try open(B.torch(B.pickle(B.dictionary(items)))) }
    }
  }

  @Test("Nonsense is refused without a crash", arguments: PickleNonsense.all.indices)
  func nonsense(index: Int) {
    let (name, body) = PickleNonsense.all[index]
    #expect(throws: CheckpointError.self, "\(name)") { try readAll(B.torch(B.pickle(body))) }
  }

  @Test("A few megabytes cannot ask for gigabytes", arguments: PickleNonsense.bombs.indices)
  func bombs(index: Int) {
    let (name, body) = PickleNonsense.bombs[index]
    #expect(throws: CheckpointError.self, "\(name)") { try open(B.torch(B.pickle(body))) }
  }

  @Test("Of a long class name no more is kept than a message needs")
  func longNames() throws {
    let name = String(repeating: "n", count: 1000)
    let body = B.dictionary([
      ("call", B.call("m", name, Array(")".utf8))), ("object", B.global("m", name) + [0x29, 0x81]),
      ("tensor", B.tensor(storage: name)), ("a", B.tensor()),
    ])
    let checkpoint = try open(B.torch(B.pickle(body)))
    for key in ["call", "object", "tensor"] {
      let error = try #require(throws: CheckpointError.self) { try checkpoint.floats(key) }
      #expect("\(error)".contains("nnnn") && "\(error)".count < 300, "\(error)")
    }
  }
}
