import Basics
import Glibc
import Testing

@Suite struct InterruptionTests {
  @Test func anInterruptionEndsByItsSignal() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try Interruption.catchSignals()
      let seen = Monitor(false)
      Interruption.onSignal { seen.with { $0 = true } }
      kill(getpid(), SIGTERM)
      seen.when({ $0 }, { _ in })
      #expect(Interruption.hasCome)
      Interruption.endIfCome()
    }
    await #expect(processExitsWith: .signal(SIGINT)) {
      try Interruption.catchSignals()
      kill(getpid(), SIGTERM)
      while !Interruption.hasCome { usleep(1000) }
      kill(getpid(), SIGINT)
      sleep(60)
    }
  }
}
