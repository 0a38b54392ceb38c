internal import Basics
internal import CMosquitto
internal import Capture
internal import Live
internal import Synchronization

/// Hands the outbox to the broker, and finds it again when it is lost; on a thread of its own, which alone may wait.
final class Publisher: Sendable {
  /// What the loop's thread and this one share, behind a lock that is held for a few moves of memory.
  struct Shared: Sendable {
    var outbox = Outbox()
    /// Sources whose next image is asked for.
    var wantedImages: Set<Int> = []
    var isEnding = false
  }

  private let plan: BrokerPlan
  private let shared = Mutex(Shared())
  /// Wakes this thread.
  private let wake: WakePipe
  private let report: @Sendable (BrokerReport) -> Void
  private let reload: @Sendable () -> Void
  /// Readable once the thread is done.
  let done: WakePipe

  init(
    _ plan: BrokerPlan, report: @escaping @Sendable (BrokerReport) -> Void,
    reload: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    self.plan = plan
    self.report = report
    self.reload = reload
    wake = try WakePipe()
    done = try WakePipe()
  }

  /// Changes what is shared, and wakes the thread if there is something to do.
  @discardableResult
  func change<Result: Sendable>(_ body: (inout Shared) -> Result) -> Result {
    let (result, isDue) = shared.withLock { shared in
      let result = body(&shared)
      return (result, shared.isEnding || shared.outbox.isOpen && !shared.outbox.isEmpty)
    }
    if isDue { wake.wake() }
    return result
  }

  /// Runs until the end is asked for.
  func run() {
    defer { done.wake() }
    mosquitto_lib_init()
    var backoff = Backoff(shortest: plan.limits.shortestWait, longest: plan.limits.longestWait)
    var session = Session(plan: plan)
    while !shared.withLock({ $0.isEnding }) {
      do throws(BrokerFault) {
        try serve(&session)
      } catch {
        shared.withLock { $0.outbox.close() }
        if error == .version, session.isVersion5 {
          // It is tried again at once, in the words that it may know.
          session.isVersion5 = false
          continue
        }
        if let text = session.outage.note(error) { report(text) }
        if session.lasted > 10 * plan.limits.shortestWait { backoff.reset() }
        pause(backoff.wait())
      }
    }
  }

  private func pause(_ seconds: Double) {
    let end = MonotonicTime.now + seconds
    while case let rest = end - .now, rest > 0, !shared.withLock({ $0.isEnding }) {
      wake.wait(seconds: rest)
      wake.clear()
    }
  }

  /// Connects and publishes until the end is asked for.
  ///
  /// - Throws: why there is no connection any more.
  private func serve(_ session: inout Session) throws(BrokerFault) {
    session.accepted = nil
    let client = try BrokerClient(
      plan, isVersion5: session.isVersion5, hasWill: true, largestMessage: 4096)
    try client.connect()
    let deadline = MonotonicTime.now + plan.limits.connecting
    while true {
      do throws(BrokerFault) {
        try client.pump(wake, seconds: 1)
      } catch {
        // The answer may have come with the end.
        try react(to: client, &session)
        if case .lost = error, session.accepted == nil { throw .hungUp }
        throw error
      }
      try react(to: client, &session)
      let isEnding = shared.withLock { $0.isEnding }
      guard session.accepted != nil else {
        if isEnding { return }
        guard MonotonicTime.now < deadline else { throw .silent }
        continue
      }
      try publish(by: client, &session)
      guard !client.isStuck(for: plan.limits.taking) else { throw .silent }
      if isEnding, client.pendingCount == 0, shared.withLock({ $0.outbox.isEmpty }) {
        client.disconnect()
        return
      }
    }
  }

  private func publish(by client: BrokerClient, _ session: inout Session) throws(BrokerFault) {
    while client.pendingCount < plan.limits.window,
      let (topic, content) = shared.withLock({ $0.outbox.next() })
    {
      do {
        let bytes = try content.bytes()
        if try !client.publish(bytes, to: topic, isRetained: !content.isEvent) {
          say("\(topic): \(bytes.count) bytes are too many for the broker", &session)
        }
      } catch let fault as BrokerFault {
        throw fault
      } catch {
        say("\(topic): \(error)", &session)
      }
    }
  }

  /// Does what the broker's answers and messages ask for.
  private func react(to client: BrokerClient, _ session: inout Session) throws(BrokerFault) {
    for news in client.takeNews() {
      switch news {
      case .answer(0): try open(client, &session)
      case .answer(let code): throw BrokerFault(answer: code)
      case .taken(_, let reason) where reason < 128: break
      case .taken(let topic, let reason):
        let words = unsafe String(cString: mosquitto_reason_string(reason))
        say("\(topic): the broker does not take it: \(words)", &session)
      case .subscriptionRefused:
        say("the broker lets this user read no messages: no commands will come", &session)
      case .message(let message): take(message, &session)
      }
    }
  }

  private func open(_ client: BrokerClient, _ session: inout Session) throws(BrokerFault) {
    session.accepted = .now
    let first = [plan.discovery?.topic, plan.topics.status].compactMap(\.self)
    shared.withLock { $0.outbox.open(first: first) }
    try client.subscribe(to: plan.topics.command)
    session.hasNamesake = false
    try client.subscribeToOthers(at: plan.topics.status)
    if let discovery = plan.discovery { try client.subscribe(to: discovery.birthTopic) }
    if let text = session.outage.end() { report(text) }
  }

  private func take(_ message: CommandGate.Message, _ session: inout Session) {
    if let discovery = plan.discovery, message.topic == discovery.birthTopic {
      if message.text == Status.online.rawValue {
        change { $0.outbox.repeatValue(at: discovery.topic) }
      }
      return
    }
    if message.topic == plan.topics.status { return noteStatus(message, &session) }
    switch session.gate.judge(message) {
    case .follow(.reload): reload()
    case .follow(.snapshot):
      let all = Set(plan.topics.sources.indices)
      change { $0.wantedImages = all }
    case .ignore(let reason): say("a command is ignored: \(reason)", &session)
    }
  }

  /// Somebody else has said something of this device.
  ///
  /// Where it is the broker, of a connection of ours that was lost, or another program that ends, it is put right. Another one
  /// that comes is told of us, so that both know.
  private func noteStatus(_ message: CommandGate.Message, _ session: inout Session) {
    guard !message.isRetained, let status = message.text.flatMap(Status.init) else { return }
    switch status {
    case .offline: session.hasNamesake = false
    case .online:
      guard !session.hasNamesake else { return }
      session.hasNamesake = true
      if !session.hasToldNamesake { report(.namesake(plan.topics.name)) }
      session.hasToldNamesake = true
    }
    change { $0.outbox.repeatValue(at: plan.topics.status) }
  }

  /// Says something, unless it was said just before.
  private func say(_ text: String, _ session: inout Session) {
    if let more = session.repeats.admit(text) { report(.remark(text + more)) }
  }
}

/// What is known of the connections so far.
private struct Session {
  let plan: BrokerPlan
  var outage = Outage()
  var gate = CommandGate()
  var repeats = Repeats<String>()
  /// Which version of MQTT is spoken: 5, until a broker does not know that.
  var isVersion5 = true
  /// Whether another program of this name is there, as far as is known, and whether that was ever said.
  var hasNamesake = false
  var hasToldNamesake = false
  /// When the broker said yes; nil before.
  var accepted: MonotonicTime?

  init(plan: BrokerPlan) { self.plan = plan }

  /// Seconds since the broker said yes.
  var lasted: Double { accepted.map { .now - $0 } ?? 0 }
}
