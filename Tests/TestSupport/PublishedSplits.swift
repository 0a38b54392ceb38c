import Foundation

/// Draws and splits that the published code made (Tests/TestSupport/Fixtures/data.json).
package struct PublishedSplits: Decodable {
  package struct Run: Decodable {
    package let seed: Int
    package let shots: Int
    package let train: [String]
    package let val: [String]
  }
  package struct FewShot: Decodable {
    package let train_counts: [Int]
    package let val_counts: [Int]
    package let runs: [Run]
  }
  package struct Random: Decodable {
    package let seed: Int
    package let getrandbits32: [UInt64]
    package let randbelow_10: [Int]
    package let shuffle_10: [Int]
    package let random: [Double]
  }
  package struct Named: Decodable, Equatable {
    package let name: String
    package let label: Int
    package init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      name = try fields.decode(String.self)
      label = try fields.decode(Int.self)
    }
  }
  package struct Halves: Decodable {
    package let n: Int
    package let base: [Named]
    package let new: [Named]
  }
  package struct TrainVal: Decodable {
    package let counts: [Int]
    package let train: [String]
    package let val: [String]
  }
  package let fewshot: FewShot
  package let python_random: Random
  package let split_trainval_seed1: TrainVal
  package let base_new: [Halves]
  package let prompt_templates: [String: String]

  /// The file; it has token ids of texts, too.
  package static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/data.json").path

  package static func load() throws -> PublishedSplits {
    try JSONDecoder().decode(PublishedSplits.self, from: Data(contentsOf: URL(filePath: file)))
  }
}
