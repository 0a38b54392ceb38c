package import Basics
internal import Capture
package import Classification
internal import Glibc
package import Live

/// Tells an MQTT broker what the sources show.
///
/// The loop's thread leaves values in an outbox; a thread of its own has to do with the broker.
package final class LiveMQTT: Sink {
  /// What is known of a source.
  private struct Source {
    /// The answer that was published; nil before the first.
    var answer: String?
    /// Whether no frames can come; nil before that is known.
    var isDown: Bool?
    /// When a record was last published.
    var published: MonotonicTime?
    /// The frame that is being classified.
    var frame: ShownFrame.Content?
  }

  private let plan: BrokerPlan
  private let publisher: Publisher
  private let report: @Sendable (BrokerReport) -> Void
  private var labels: [String]
  private var sources: [Source]

  /// Nothing is connected to yet.
  ///
  /// - Parameters:
  ///   - plan: which broker, and what it is told.
  ///   - labels: those that answers come from, until the model is replaced.
  ///   - report: takes what there is to say, on any thread.
  ///   - reload: has the model read again, on any thread.
  /// - Throws: when the system refuses a pipe.
  package init(
    _ plan: BrokerPlan, labels: [String], report: @escaping @Sendable (BrokerReport) -> Void,
    reload: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.plan = plan
    self.labels = labels
    self.report = report
    publisher = try Publisher(plan, report: report, reload: reload)
    sources = plan.topics.sources.map { _ in Source() }
  }

  /// Starts the thread; false when the system refuses one.
  package func start() -> Bool {
    put(.text(Status.online.rawValue), at: plan.topics.status)
    announce()
    do throws(SystemError) {
      try DetachedThread.start { [publisher] in publisher.run() }
      return true
    } catch {
      report(.remark("there can be no thread: \(error)"))
      return false
    }
  }

  /// Notes whether a source is down.
  package func note(_ event: LiveEvent, of source: Int) {
    switch event {
    case .source(.started), .source(.resumed): setDown(false, source)
    case .source(.fault(let fault, _)) where fault.endsStreaming: setDown(true, source)
    case .ended: setDown(true, source)
    case .source, .still, .looks: break
    }
  }

  /// Announces other labels.
  package func modelReplaced(_ sets: [LabelSet]) {
    let labels = sets.flatMap(\.labels)
    guard labels != self.labels else { return }
    self.labels = labels
    // Among other labels each source begins without an answer.
    for source in sources.indices { sources[source].answer = nil }
    announce()
  }

  /// Whether its image may be published.
  package func wantsFrames(of source: Int) -> Bool {
    plan.hasImages || publisher.change { $0.wantedImages.contains(source) }
  }

  /// Keeps a frame until it is known what it shows, and publishes it if somebody has asked for one.
  package func show(_ frame: ShownFrame, of source: Int) {
    if plan.hasImages { sources[source].frame = frame.content }
    let topic = plan.topics.topic(.image, of: source)
    publisher.change { shared in
      guard shared.wantedImages.remove(source) != nil else { return }
      shared.outbox.put(.frame(frame.content), at: topic)
    }
  }

  /// Publishes a change of the answer, and a record now and then.
  package func take(_ record: Record, of source: Int, change: Answer?) -> Bool {
    guard case .labels(let labels) = record.outcome else { return true }
    let now = MonotonicTime.now
    setDown(false, source)
    defer { sources[source].frame = nil }
    if let change {
      let event = AnswerEvent(answer: change, previous: sources[source].answer, record: record)
      sources[source].answer = change.text
      put(.text(change.text), .state, source)
      put(.text(change.scoreText ?? Self.noScore), .score, source)
      put(.event(event), .event, source)
      if let frame = sources[source].frame { put(.frame(frame), .image, source) }
    } else if let time = sources[source].published, now - time < plan.limits.period {
      return true
    } else if let score = sources[source].answer.flatMap(labels.scoreText) {
      put(.text(score), .score, source)
    }
    put(.record(record), .result, source)
    sources[source].published = now
    return true
  }

  /// Says that it goes, and waits a moment for that to arrive; where it does not, the broker finds out by itself.
  package func finish(_ reports: [SourceReport], isInterrupted: () -> Bool) {
    let topic = plan.topics.status
    let isThere = publisher.change { shared in
      shared.outbox.put(.text(Status.offline.rawValue), at: topic)
      shared.isEnding = true
      return shared.outbox.isOpen
    }
    if isThere { publisher.done.wait(seconds: plan.limits.ending) }
  }

  /// What Home Assistant takes for a number that there is not.
  private static let noScore = "None"

  private func announce() {
    guard let discovery = plan.discovery else { return }
    put(.text(discovery.payload(labels: labels)), at: discovery.topic)
  }

  private func setDown(_ isDown: Bool, _ source: Int) {
    guard sources[source].isDown != isDown else { return }
    sources[source].isDown = isDown
    put(.text(isDown ? "ON" : "OFF"), .problem, source)
  }

  private func put(_ content: Outbox.Content, _ kind: Topics.Kind, _ source: Int) {
    put(content, at: plan.topics.topic(kind, of: source))
  }

  private func put(_ content: Outbox.Content, at topic: String) {
    publisher.change { $0.outbox.put(content, at: topic) }
  }
}
