import Capture
import Classification
import LiveMQTT
import Testing

@Suite("What waits for the broker")
struct OutboxTests {
  private func drain(_ outbox: inout Outbox) throws -> [String] {
    var all: [String] = []
    while let (topic, content) = outbox.next() {
      all.append("\(topic)=\(String(decoding: try content.bytes(), as: UTF8.self))")
    }
    return all
  }

  @Test("Of each topic the newest value counts, in the place of the oldest")
  func newestWins() throws {
    var outbox = Outbox()
    outbox.open(first: [])
    for index in 0..<1000 {
      outbox.put(.text("\(index)"), at: "a")
      outbox.put(.text("\(-index)"), at: "b")
    }
    #expect(outbox.count == 2)
    #expect(try drain(&outbox) == ["a=999", "b=-999"])
    #expect(outbox.isEmpty)
  }

  @Test("A broker that comes is told everything, status first; events of the time before are over")
  func opening() throws {
    var outbox = Outbox()
    let event = AnswerEvent(
      answer: .unknown(nil), previous: nil, record: Made.record(.unknown(nil)))
    outbox.put(.text("cup"), at: "state")
    outbox.put(.event(event), at: "event")
    outbox.put(.text("online"), at: "status")
    outbox.open(first: ["config", "status"])
    #expect(try drain(&outbox) == ["status=online", "state=cup"])
    outbox.put(.text("mug"), at: "state")
    outbox.put(.event(event), at: "event")
    outbox.close()
    outbox.open(first: ["status"])
    #expect(try drain(&outbox) == ["status=online", "state=mug"])
    outbox.put(.event(event), at: "event")
    #expect(try drain(&outbox).count == 1)
    outbox.repeatValue(at: "event")
    outbox.repeatValue(at: "state")
    #expect(try drain(&outbox) == ["state=mug"])
  }
}

@Suite("Which messages are commands")
struct CommandGateTests {
  private func message(
    _ text: String, count: Int? = nil, isRetained: Bool = false
  ) -> CommandGate.Message {
    CommandGate.Message(
      topic: "mmrl/box/command", start: Array(text.utf8.prefix(64)),
      count: count ?? text.utf8.count, isRetained: isRetained)
  }

  private func isIgnored(_ verdict: CommandGate.Verdict) -> Bool {
    if case .ignore = verdict { true } else { false }
  }

  @Test func commands() {
    var gate = CommandGate()
    let now = MonotonicTime.now
    #expect(gate.judge(message("reload"), at: now) == .follow(.reload))
    #expect(isIgnored(gate.judge(message("reload"), at: now + 0.5)))
    #expect(gate.judge(message("snapshot"), at: now + 0.5) == .follow(.snapshot))
    #expect(gate.judge(message("reload"), at: now + 1.1) == .follow(.reload))
  }

  @Test func others() {
    var gate = CommandGate()
    for text in ["", "RELOAD", "reload ", "rm -rf /", "reload\0", "📷"] {
      #expect(isIgnored(gate.judge(message(text))))
    }
    #expect(isIgnored(gate.judge(message("reload", isRetained: true))))
    #expect(isIgnored(gate.judge(message("reload", count: 65))))
    // Neither has counted as a first one.
    #expect(gate.judge(message("reload")) == .follow(.reload))
  }
}

@Suite("What is said of a broker that is away")
struct OutageTests {
  @Test("One line when it goes and one when it is back; more only where somebody has to act")
  func lines() {
    var outage = Outage()
    let now = MonotonicTime.now
    #expect(outage.note(.unreachable("x"), at: now) == .fault(.unreachable("x")))
    #expect(outage.note(.unreachable("y"), at: now + 1) == nil)
    #expect(outage.note(.login, at: now + 2) == .fault(.login))
    #expect(outage.note(.login, at: now + 3) == nil)
    #expect(outage.end(at: now + 4) == .connected)
    #expect(outage.note(.lost("z"), at: now + 20) == .fault(.lost("z")))
    #expect(outage.note(.unreachable("x"), at: now + 21) == nil)
    #expect(outage.end(at: now + 25) == .back(after: 5))
  }

  @Test("One that comes and goes all the time is told of now and then")
  func flapping() {
    var outage = Outage()
    let now = MonotonicTime.now
    #expect(outage.end(at: now) == .connected)
    var lines = 0
    for second in 1...100 {
      if outage.note(.hungUp, at: now + Double(second)) != nil { lines += 1 }
      if outage.end(at: now + Double(second) + 0.5) != nil { lines += 1 }
    }
    #expect((18...22).contains(lines))
  }

  @Test func waits() {
    var backoff = Backoff(shortest: 1, longest: 8)
    let waits = (0..<6).map { _ in backoff.wait() }
    for (wait, longest) in zip(waits, [1.0, 2, 4, 8, 8, 8]) {
      #expect((longest / 2...longest).contains(wait))
    }
    backoff.reset()
    #expect(backoff.wait() <= 1)
  }
}
