import Checkpoints
import Foundation
import TestSupport
import Testing

struct MappedFileTests {
  /// A checkpoint of 256 KB.
  private static func checkpoint(in folder: String) throws -> (path: String, file: Checkpoint) {
    let path = "\(folder)/clip.safetensors"
    let values = [Float](repeating: 1, count: 1 << 16)
    try Checkpoint.write([NamedTensor("a", shape: [1 << 16], values: values)], to: path)
    return (path, try Checkpoint(path: path))
  }

  @Test("A file that is made shorter while it is read ends the program with words, not by a signal")
  func shorter() async throws {
    let result = try await #require(
      processExitsWith: .exitCode(2), observing: [\.standardErrorContent]
    ) {
      try withTemporaryDirectory { folder in
        // One that is closed already does not get in the way.
        _ = try Self.checkpoint(in: folder)
        let (path, file) = try Self.checkpoint(in: folder)
        truncate(path, 4096)
        let values = try file.floats("a")
        Issue.record("read \(values.count) values that are gone")
      }
    }
    let said = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(said.contains("clip.safetensors: was made shorter while it was read"))
  }

  @Test("Another fault of this kind ends the program as it always does")
  func otherFaults() async throws {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      try withTemporaryDirectory { folder in
        let file = try Self.checkpoint(in: folder).file
        // The first one only puts the system's way back.
        raise(SIGBUS)
        raise(SIGBUS)
        Issue.record("went on with \(file.tensors.count) tensors")
      }
    }
  }
}
