import Foundation
import TestSupport
import Testing

@testable import Checkpoints

struct MappedFileTests {
  /// A file that loses its pages while it is read ends the process with words, not by a signal.
  @Test func aFileMadeShorterMeanwhileIsSaid() async throws {
    let result = try await #require(
      processExitsWith: .exitCode(2), observing: [\.standardErrorContent]
    ) {
      try withTemporaryDirectory { folder in
        let path = "\(folder)/clip.safetensors"
        try Data(count: 1 << 20).write(to: URL(fileURLWithPath: path))
        // One that is gone already does not get in the way.
        _ = try MappedFile(path: path)
        let file = try MappedFile(path: path)
        truncate(path, 4096)
        let last = file.withBytes(0..<file.count) {
          $0.unsafeLoad(fromByteOffset: $0.byteCount - 1, as: UInt8.self)
        }
        Issue.record("read \(last) where there is nothing")
      }
    }
    let said = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(said.contains("clip.safetensors: was made shorter while it was read"))
  }

  /// Only what is mapped is guarded: another fault of this kind ends the process as it always does.
  @Test func otherFaultsStayWhatTheyAre() async throws {
    await #expect(processExitsWith: .signal(SIGBUS)) {
      try withTemporaryDirectory { folder in
        let path = "\(folder)/clip.safetensors"
        try Data(count: 4096).write(to: URL(fileURLWithPath: path))
        let file = try MappedFile(path: path)
        raise(SIGBUS)
        // The first one only put the system's way back.
        raise(SIGBUS)
        Issue.record("went on with \(file.count) bytes")
      }
    }
  }
}
