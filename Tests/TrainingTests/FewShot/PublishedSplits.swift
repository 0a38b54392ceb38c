import Foundation

/// Draws and splits that the published code made (Tests/TrainingTests/Fixtures/data.json).
struct PublishedSplits: Decodable {
  struct Run: Decodable {
    let seed: Int
    let shots: Int
    let train: [String]
    let val: [String]
  }
  struct FewShot: Decodable {
    let train_counts: [Int]
    let val_counts: [Int]
    let runs: [Run]
  }
  struct Random: Decodable {
    let seed: Int
    let getrandbits32: [UInt64]
    let randbelow_10: [Int]
    let shuffle_10: [Int]
    let random: [Double]
  }
  struct Named: Decodable, Equatable {
    let name: String
    let label: Int
    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      name = try fields.decode(String.self)
      label = try fields.decode(Int.self)
    }
  }
  struct Halves: Decodable {
    let n: Int
    let base: [Named]
    let new: [Named]
  }
  struct TrainVal: Decodable {
    let counts: [Int]
    let train: [String]
    let val: [String]
  }
  let fewshot: FewShot
  let python_random: Random
  let split_trainval_seed1: TrainVal
  let base_new: [Halves]
  let prompt_templates: [String: String]

  static func load() throws -> PublishedSplits {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/data.json")
    return try JSONDecoder().decode(PublishedSplits.self, from: Data(contentsOf: file))
  }
}
