internal import Basics
internal import CMosquitto
internal import Capture

/// Takes back what a broker has retained of a device.
package enum Forgetting {
  /// Seconds without another one after which all retained messages have come.
  private static let quiet = 1.0
  /// Seconds for all of it.
  private static let limit = 30.0

  /// Publishes empty messages in place of all retained ones under the device's name, and of what tells Home Assistant of it.
  ///
  /// - Returns: how many topics there were.
  /// - Throws: why the broker could not be told.
  package static func run(_ plan: BrokerPlan) throws(BrokerFault) -> Int {
    mosquitto_lib_init()
    do throws(BrokerFault) {
      return try run(plan, isVersion5: true)
    } catch {
      guard error == .version else { throw error }
      return try run(plan, isVersion5: false)
    }
  }

  private static func run(_ plan: BrokerPlan, isVersion5: Bool) throws(BrokerFault) -> Int {
    let wake: WakePipe
    do throws(SystemError) { wake = try WakePipe() } catch { throw .unreachable("\(error)") }
    let client = try BrokerClient(
      plan, isVersion5: isVersion5, hasWill: false, largestMessage: nil)
    try client.connect()
    let deadline = MonotonicTime.now + limit
    var found: Set<String> = []
    var isAccepted = false
    var last = MonotonicTime.now
    while !isAccepted || MonotonicTime.now - last < quiet {
      guard MonotonicTime.now < deadline else { throw .silent }
      try client.pump(wake, seconds: 0.1)
      for news in client.takeNews() {
        switch news {
        case .answer(0):
          isAccepted = true
          last = .now
          try client.subscribe(to: "\(plan.topics.base)/#")
          if let discovery = plan.discovery { try client.subscribe(to: discovery.topic) }
        case .answer(let code): throw BrokerFault(answer: code)
        case .message(let message) where message.isRetained && message.count > 0:
          found.insert(message.topic)
          last = .now
        case .subscriptionRefused: throw .refused("this user may not read what it has retained")
        case .message, .taken: break
        }
      }
    }
    for topic in found.sorted() { _ = try client.publish([], to: topic, isRetained: true) }
    while client.pendingCount > 0 {
      guard MonotonicTime.now < deadline else { throw .silent }
      try client.pump(wake, seconds: 0.1)
      for case .taken(let topic, let reason) in client.takeNews() where reason >= 128 {
        throw .refused("this user may not write \(topic)")
      }
    }
    client.disconnect()
    return found.count
  }
}
