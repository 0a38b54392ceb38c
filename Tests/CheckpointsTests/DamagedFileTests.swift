import Checkpoints
import Foundation
import TestSupport
import Testing

struct DamagedFileTests {
  /// Small files of every format.
  static let files: [(name: String, bytes: @Sendable () throws -> [UInt8])] = [
    ("torch zip", { try fixture("odd.pt") }),
    ("torch legacy", { try fixture("odd-legacy.bin") }),
    (
      "zip64",
      {
        TorchBytes.torch(
          TorchBytes.pickle(TorchBytes.dictionary([("a", TorchBytes.tensor())])), .zip64)
      }
    ),
    ("safetensors", { try safetensors() }),
  ]

  private static func safetensors() throws -> [UInt8] {
    try withTemporaryDirectory { folder in
      let path = folder + "/f.safetensors"
      try Checkpoint.write(
        [
          NamedTensor("a", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
          NamedTensor("b", shape: [], values: [7]),
        ],
        metadata: ["k": "v"], to: path)
      return Array(try Data(contentsOf: URL(filePath: path)))
    }
  }

  @Test("No beginning of a file is taken for the whole", arguments: files.indices)
  func truncated(index: Int) throws {
    let (name, bytes) = (Self.files[index].name, try Self.files[index].bytes())
    try readAll(bytes)
    try withTemporaryDirectory { folder in
      for length in 0..<bytes.count {
        #expect(throws: CheckpointError.self, "\(name), \(length) of \(bytes.count) bytes") {
          try readAll(Array(bytes.prefix(length)), path: folder + "/file")
        }
      }
    }
  }

  @Test("A byte that is wrong anywhere never crashes the reader", arguments: files.indices)
  func corrupted(index: Int) throws {
    let bytes = try Self.files[index].bytes()
    var random = SplitMix64(seed: UInt64(index))
    var refused = 0
    try withTemporaryDirectory { folder in
      for position in bytes.indices {
        var damaged = bytes
        damaged[position] = UInt8(truncatingIfNeeded: random.next())
        do {
          try readAll(damaged, path: folder + "/file")
        } catch is CheckpointError {
          refused += 1
        }
      }
    }
    #expect(refused > 0)
  }

  @Test("Many wrong bytes at once do not, either", arguments: files.indices)
  func shredded(index: Int) throws {
    let bytes = try Self.files[index].bytes()
    var random = SplitMix64(seed: 7 + UInt64(index))
    try withTemporaryDirectory { folder in
      for _ in 0..<1000 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 2...40, using: &random) {
          damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
            in: 0...255, using: &random)
        }
        do { try readAll(damaged, path: folder + "/file") } catch is CheckpointError {}
      }
    }
  }

  @Test(
    "Whole models truncated are refused",
    arguments: ["openai.pt", "mmrlpp.pth.tar-4", "state-dict-legacy.bin"])
  func truncatedModels(name: String) throws {
    let bytes = try fixture(name)
    for part in 1..<50 {
      #expect(throws: CheckpointError.self) {
        try readAll(Array(bytes.prefix(bytes.count * part / 50)))
      }
    }
  }

  @Test(
    "Other files are refused with a word on what they are",
    arguments: [
      ("", "empty"), ("version https://git-lfs.github.com/spec/v1\n", "git LFS"),
      ("<!DOCTYPE html>", "web page"),
      ("hello, this is not a checkpoint", "neither"), ("PK", "zip"),
    ])
  func others(content: String, word: String) throws {
    let error = try #require(throws: CheckpointError.self) { try open(Array(content.utf8)) }
    #expect("\(error)".contains(word), "\(error)")
  }

  @Test("Missing files, folders and devices are refused")
  func places() {
    for path in ["/nowhere/file", "/", "/dev/zero"] {
      #expect(throws: CheckpointError.self) { try Checkpoint(path: path) }
    }
  }
}
