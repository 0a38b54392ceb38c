import Basics
import Glibc
import TestSupport
import Testing

@Suite("What a service manager is told")
struct ServiceManagerTests {
  @Test("Notices arrive as sd_notify's protocol has them, at a path and at an abstract name")
  func notices() throws {
    try withTemporaryDirectory { folder in
      for address in ["\(folder)/notify", "@mmrl-test-\(getpid())"] {
        let listener = try NotifyListener(address)
        let manager = try ServiceManager(address: address)
        #expect(manager.tell([.ready, .status("door: mug\nREADY=0\u{1}")]))
        #expect(listener.next() == "READY=1\nSTATUS=door: mug READY=0 ")
        #expect(manager.tell([.alive]))
        #expect(listener.next() == "WATCHDOG=1")
        #expect(manager.tell([.stopping]))
        #expect(listener.next() == "STOPPING=1")
      }
    }
  }

  @Test("A reload is told of with its time, but not before the service was ready")
  func reload() throws {
    try withTemporaryDirectory { folder in
      let listener = try NotifyListener("\(folder)/notify")
      let manager = try ServiceManager(address: "\(folder)/notify")
      manager.beginReload()
      manager.endReload()
      #expect(listener.all().isEmpty)
      manager.tell([.ready])
      #expect(listener.next() == "READY=1")
      var before = timespec()
      clock_gettime(CLOCK_MONOTONIC, &before)
      manager.beginReload()
      let lines = try #require(listener.next()).split(separator: "\n")
      #expect(lines.first == "RELOADING=1")
      let time = try #require(lines.last.flatMap { Int($0.dropFirst("MONOTONIC_USEC=".count)) })
      let start = before.tv_sec * 1_000_000 + before.tv_nsec / 1000
      #expect(time >= start && time < start + 60_000_000)
      manager.endReload()
      #expect(listener.next() == "READY=1")
    }
  }

  @Test(
    "A watchdog that is meant for another process is none of ours",
    arguments: [(nil, 2.5), ("\(getpid())", 2.5), ("1", nil)] as [(String?, Double?)])
  func watchdog(process: String?, expected: Double?) throws {
    let variables = [
      "NOTIFY_SOCKET": "/run/somewhere", "WATCHDOG_USEC": "2500000", "WATCHDOG_PID": process,
    ]
    let manager = try ServiceManager.fromEnvironment { variables[$0].flatMap(\.self) }
    #expect(try #require(manager).watchdog == expected)
  }

  @Test("Where no manager waits nothing is told")
  func nobody() throws {
    #expect(try ServiceManager.fromEnvironment { _ in nil } === nil)
    #expect(try ServiceManager.fromEnvironment { $0 == "NOTIFY_SOCKET" ? "" : "1" } === nil)
  }

  @Test("A variable that is taken is gone for programs that are started")
  func taking() async {
    // In a process of its own, since others read the environment meanwhile.
    await #expect(processExitsWith: .success) {
      setenv("NOTIFY_SOCKET", "/run/somewhere", 1)
      setenv("WATCHDOG_USEC", "3000000", 1)
      let manager = try #require(try ServiceManager.fromEnvironment())
      #expect(manager.watchdog == 3)
      for name in ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
        #expect(getenv(name) == nil, "\(name)")
      }
    }
  }

  @Test("What can be no address is refused, and a manager that is gone does no harm")
  func absent() throws {
    for address in ["relative", "@", "vsock:2:1", "/" + String(repeating: "a", count: 107)] {
      #expect(throws: SystemError.self) { try ServiceManager(address: address) }
    }
    try withTemporaryDirectory { folder in
      let manager = try ServiceManager(address: "\(folder)/nobody")
      #expect(!manager.tell([.ready]))
    }
    // An abstract name needs no zero at its end.
    let process = "\(getpid())"
    let longest = "@" + String(repeating: "a", count: 107 - process.count) + process
    let listener = try NotifyListener(longest)
    let manager = try ServiceManager(address: longest)
    #expect(manager.tell([.ready]))
    #expect(listener.next() == "READY=1")
  }
}
