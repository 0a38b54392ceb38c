import Capture
import Classification
import Foundation
import Glibc
import Live
import LiveMQTT
import TestSupport
import Testing

/// A sink with two sources, at work with a broker.
final class House {
  let sink: LiveMQTT
  let reports: Reports
  let topics: Topics
  private var sequence = 0

  /// A sink that has been started; `change` changes its plan before.
  init(
    port: Int, scheme: String = "mqtt", host: String = "127.0.0.1",
    sources: [String] = ["/dev/video0", "yard"], labels: [String] = Made.labels,
    _ change: (inout BrokerPlan) -> Void = { _ in }
  ) throws {
    topics = Topics(name: "box", sources: sources)
    var plan = BrokerPlan(try BrokerAddress("\(scheme)://\(host):\(port)"), topics)
    plan.discovery = Discovery(
      topics, names: sources, hasImages: false, prefix: "homeassistant", version: "test")
    plan.limits.shortestWait = 0.02
    plan.limits.longestWait = 0.2
    plan.limits.period = 3600
    change(&plan)
    let reports = Reports()
    self.reports = reports
    sink = try LiveMQTT(
      plan, labels: labels, report: { reports.add($0) }, reload: { reports.countReload() })
    try #require(sink.start())
  }

  /// What the loop does with a frame.
  @discardableResult
  func take(_ answer: Answer, isChange: Bool = true, of source: Int = 0, jpeg: [UInt8]? = nil)
    -> Record
  {
    sequence += 1
    if let jpeg, sink.wantsFrames(of: source) {
      sink.show(ShownFrame(sequence: UInt32(sequence), .jpeg(jpeg)), of: source)
    }
    let record = Made.record(answer, sequence)
    _ = sink.take(record, of: source, change: isChange ? answer : nil)
    return record
  }

  func waitUntilConnected() throws {
    try #require(reports.eventually { reports.list.contains(.connected) }, "\(reports.list)")
  }

  func finish() { sink.finish([], isInterrupted: { false }) }
}
