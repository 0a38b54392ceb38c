import Basics
import Glibc
import Testing

@Suite struct HangUpTests {
  @Test func eachHangUpIsToldOfEvenWhereItWasIgnored() async {
    await #expect(processExitsWith: .success) {
      signal(SIGHUP, SIG_IGN)
      let count = Monitor(0)
      try HangUp.onSignal { count.with { $0 += 1 } }
      for round in 1...3 {
        kill(getpid(), SIGHUP)
        count.when({ $0 >= round }, { _ in })
      }
    }
  }

  @Test func aClosedTerminalEndsTheProcess() async {
    await #expect(processExitsWith: .signal(SIGHUP)) {
      signal(SIGHUP, SIG_DFL)
      let terminal = try Terminal()
      let count = Monitor(0)
      try HangUp.onSignal { count.with { $0 += 1 } }
      // While the terminal is there, it is a wish as any other.
      kill(getpid(), SIGHUP)
      count.when({ $0 == 1 }, { _ in })
      terminal.close()
      sleep(60)
    }
  }

  /// A terminal that the process belongs to.
  private struct Terminal {
    private let master: Int32

    init() throws {
      try #require(setsid() > 0)
      master = posix_openpt(O_RDWR | O_NOCTTY)
      try #require(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0)
      // The first terminal that the leader of a session opens is the session's.
      let slave = open(String(cString: ptsname(master)), O_RDWR)
      try #require(slave >= 0)
    }

    func close() { Glibc.close(master) }
  }
}
