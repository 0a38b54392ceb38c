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

/// What is answered to an image that was sent, or the same of a file, but for the time that it took.
struct SentJSON: Decodable, Equatable {
  var path: String?
  var answer: JSONAnswer?
  var unknown: Bool?
  var unknown_score: Float?
  var known_probability: Float?
  var labels: [JSONLabel]?
  var warnings: [String]?
}

extension Executable.Result {
  /// The output, read as JSON lines.
  var records: [JSONRecord] {
    get throws { try lines.map(JSONRecord.init) }
  }
}
