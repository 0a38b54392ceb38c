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
      master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      try #require(master >= 0)
      // TIOCSPTLCK and TIOCGPTN, which Swift does not see.
      var (lock, number): (Int32, Int32) = (0, -1)
      try #require(ioctl(master, 0x4004_5431, &lock) == 0)
      try #require(ioctl(master, 0x8004_5430, &number) == 0)
      // The first terminal that the leader of a session opens is the session's.
      try #require(open("/dev/pts/\(number)", O_RDWR) >= 0)
    }

    func close() { Glibc.close(master) }
  }
}
