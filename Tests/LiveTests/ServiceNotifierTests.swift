import Basics
import Capture
import Classification
import Glibc
import Live
import TestSupport
import Testing

@Suite("What a service tells of itself")
struct ServiceNotifierTests {
  /// A notifier by a clock that a test sets, in seconds.
  private final class Service {
    let listener: NotifyListener
    let notifier: ServiceNotifier
    private final class Clock { var time = 1000.0 }
    private let clock = Clock()

    init(_ folder: String, _ names: [String] = ["door"], watchdog: Double? = 40) throws {
      let address = "\(folder)/notify"
      listener = try NotifyListener(address)
      let clock = clock
      notifier = ServiceNotifier(
        try ServiceManager(address: address, watchdog: watchdog), names: names, timeout: 10,
        clock: { MonotonicTime(nanoseconds: Int64(clock.time * 1e9)) })
    }

    /// Lets time pass a second at a time, as the loop's deadlines have it.
    func pass(_ seconds: Int, frameOf sources: [Int] = []) {
      for _ in 0..<seconds {
        clock.time += 1
        for source in sources { _ = notifier.take(Made.record(), of: source, change: nil) }
        if let deadline = notifier.deadline, deadline.nanoseconds <= Int64(clock.time * 1e9) {
          _ = notifier.step()
        }
      }
    }
  }

  @Test("It is ready with the first result, and not before")
  func ready() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder)
      #expect(service.notifier.start())
      service.notifier.note(.source(.started("640x480")), of: 0)
      service.pass(5)
      let before = service.listener.all()
      #expect(!before.contains("READY=1") && !before.contains("WATCHDOG=1"))
      #expect(before.contains { $0.hasPrefix("STATUS=door: no result yet after") })
      _ = service.notifier.take(Made.record(), of: 0, change: Made.answer("mug"))
      service.pass(2, frameOf: [0])
      let after = service.listener.all()
      #expect(after.filter { $0 == "READY=1" }.count == 1)
      #expect(after.contains("STATUS=door: mug"))
    }
  }

  @Test("Without sources, as a service of images that are sent, it is ready and alive at once")
  func withoutSources() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder, [])
      #expect(service.notifier.start())
      #expect(service.listener.all().contains("READY=1"))
      service.pass(20)
      #expect(service.listener.all().contains("WATCHDOG=1"))
    }
  }

  @Test("A frame that is passed over as still makes it ready, too")
  func still() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder)
      service.notifier.note(.still(dropped: 0), of: 0)
      #expect(service.listener.all() == ["READY=1"])
    }
  }

  @Test("Signs of life come several times in the manager's time, while results come")
  func alive() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder)
      service.pass(40, frameOf: [0])
      #expect((4...5).contains(service.listener.all().filter { $0 == "WATCHDOG=1" }.count))
      // Silence for longer than the timeout: none any more, and a reason.
      service.pass(11)
      _ = service.listener.all()
      service.pass(60)
      let silent = service.listener.all()
      #expect(!silent.contains("WATCHDOG=1"))
      #expect(silent.contains { $0.hasPrefix("STATUS=door: no result for") })
      service.pass(11, frameOf: [0])
      #expect(service.listener.all().contains("WATCHDOG=1"))
    }
  }

  @Test("One source that is away is enough for none, until it is back")
  func away() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder, ["door", "yard"])
      service.pass(20, frameOf: [0, 1])
      #expect(service.listener.all().contains("WATCHDOG=1"))
      service.notifier.note(.source(.fault(.disconnected, "it has gone")), of: 1)
      service.pass(30, frameOf: [0])
      let lost = service.listener.all()
      #expect(!lost.contains("WATCHDOG=1"))
      #expect(lost.contains { $0.hasSuffix("; yard: away (it has gone)") })
      service.notifier.note(.source(.resumed(after: 30, "640x480")), of: 1)
      service.pass(20, frameOf: [0, 1])
      #expect(service.listener.all().contains("WATCHDOG=1"))
    }
  }

  @Test("Faults that pass do not stop it; the end of a source does")
  func faults() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder)
      service.pass(1, frameOf: [0])
      service.notifier.note(.source(.fault(.damaged, "half a frame")), of: 0)
      service.pass(20, frameOf: [0])
      #expect(service.listener.all().contains("WATCHDOG=1"))
      service.notifier.note(.ended, of: 0)
      service.pass(20)
      let ended = service.listener.all()
      #expect(!ended.contains("WATCHDOG=1") && ended.contains("STATUS=door: has ended"))
    }
  }

  @Test("A quick change of answers is told of once a second at most, and the last one is")
  func flicker() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder, watchdog: nil)
      service.pass(2, frameOf: [0])
      _ = service.listener.all()
      for label in ["a", "b", "c"] {
        _ = service.notifier.take(Made.record(), of: 0, change: Made.answer(label))
      }
      service.pass(2)
      let told = service.listener.all()
      #expect(told.count <= 2 && told.last == "STATUS=door: c")
      #expect(service.notifier.deadline == nil)
    }
  }

  @Test("In the loop: ready, then the end")
  func loop() throws {
    try withTemporaryDirectory { folder in
      let service = try Service(folder, ["cam"])
      let sink = FakeSink("a", FakeSink.Diary())
      let loop = LiveLoop(
        [FakeSource("cam", [FakeSource.Frame(image: Made.image(20))])], try Made.classifier(),
        LiveConfiguration(), SinkList([sink, service.notifier]),
        wake: try WakePipe(), isInterrupted: { false })
      #expect(loop.run() == .done)
      let told = service.listener.all()
      let ready = try #require(told.firstIndex(of: "READY=1"))
      #expect(told.last == "STOPPING=1\nSTATUS=ending")
      #expect(ready < told.count - 1)
    }
  }
}
