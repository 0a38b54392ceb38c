import Classification
import Foundation
import Live
import LiveMQTT
import Synchronization
import Testing

/// Made-up records and sinks.
enum Made {
  /// Labels that could do harm somewhere.
  static let labels = [
    "cup", "<script>alert(1)</script>", "../x", "a/b", "#", "+", "{{ 1 + 1 }}", "\"quoted\\\"",
    "📷", String(repeating: "long", count: 75), String(repeating: "ä", count: 150),
  ]

  static func answer(_ label: String, score: Float = 0.75) -> Answer {
    .label(
      ScoredLabel(
        label: label, set: .known, head: .fusion, score: score, logit: 1, classLogit: 1))
  }

  static func record(_ answer: Answer, _ sequence: Int = 1, source: String = "cam") -> Record {
    var labels = Record.Labels(labels: [], milliseconds: 5)
    switch answer {
    case .label(let scored): labels.labels = [scored]
    case .unknown(let score): (labels.isUnknown, labels.unknownScore) = (true, score)
    }
    return Record(
      origin: .frame(
        Record.Frame(
          source: source, sequence: sequence, captured: WallTime(nanoseconds: 0),
          ageMilliseconds: 20, dropped: 0, faults: [])), outcome: .labels(labels))
  }

  /// A JSON object as another program reads it.
  static func object(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }
}

/// Reports of a broker, from any thread.
final class Reports: Sendable {
  private let all = Mutex<[BrokerReport]>([])
  private let reloads = Mutex(0)

  func add(_ report: BrokerReport) { all.withLock { $0.append(report) } }
  func countReload() { reloads.withLock { $0 += 1 } }
  var list: [BrokerReport] { all.withLock { $0 } }
  var reloadCount: Int { reloads.withLock { $0 } }
  var faults: [BrokerFault] {
    list.compactMap { if case .fault(let fault) = $0 { fault } else { nil } }
  }
  var remarks: [String] {
    list.compactMap { if case .remark(let text) = $0 { text } else { nil } }
  }

  /// Waits for something; false when it does not come in time.
  func eventually(_ isTrue: () -> Bool) -> Bool {
    for _ in 0..<3000 {
      if isTrue() { return true }
      usleep(10_000)
    }
    return false
  }
}
