import Foundation
import TestSupport

/// A line of `--format jsonl`, as another program would read it.
struct JSONRecord: Decodable, Equatable {
  var path: String
  var answer: JSONAnswer?
  var unknown: Bool?
  var unknown_score: Float?
  var known_probability: Float?
  var labels: [JSONLabel]?
  var ms: Double?
  var warnings: [String]?
  var error: String?

  init(_ line: String) throws {
    self = try JSONDecoder().decode(JSONRecord.self, from: Data(line.utf8))
  }

  /// The last component of the path.
  var name: String { String(path.split(separator: "/").last ?? "") }
}

extension Executable.Result {
  /// The output, read as JSON lines.
  var records: [JSONRecord] {
    get throws { try lines.map(JSONRecord.init) }
  }
}
