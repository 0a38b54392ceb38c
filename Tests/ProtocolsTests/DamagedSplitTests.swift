import Foundation
import Protocols
import TestSupport
import Testing
import Training

/// Splits with a few things wrong: the answer is a value or an error.
struct DamagedSplitTests {
  @Test("Splits of a data set")
  func split() throws {
    let text = """
      {"train": [["a.jpg", 0, "a"], ["b/c.jpg", 1, "b"]], "val": [["a.jpg", 0, "a"]], "test": [["d", 1, "b"]]}
      """
    try withTemporaryDirectory { folder in
      let path = folder + "/split.json"
      let refused = try DamagedText.refusals(of: Array(text.utf8), rounds: 500) { bytes in
        try Data(bytes).write(to: URL(filePath: path))
        _ = try PhotoSet.split(file: path, images: folder)
      }
      #expect(refused > 100)
    }
  }
}
