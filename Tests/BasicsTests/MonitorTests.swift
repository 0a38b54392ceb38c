import Basics
import Testing

@Suite struct MonitorTests {
  @Test func aThreadHandsOverThroughAMonitor() throws {
    let box = Monitor<Int?>(nil)
    try DetachedThread.start { box.with { $0 = 7 } }
    #expect(box.when({ $0 != nil }, { $0 }) == 7)
  }
}
