import CKernels
import Synchronization

extension Engine {
  /// Products a second that this processor does in registers alone, on one thread and on all of the
  /// engine's: what no layer can exceed.
  public func measurePeak() -> (one: Double, all: Double) {
    let rounds = PeakRun(self, rounds: 1000).seconds(onlyFirst: true).map { 0.02 / $0 * 1000 } ?? 0
    func best(onlyFirst: Bool) -> Double {
      (0..<5).reduce(0) { best, _ in
        let run = PeakRun(self, rounds: UInt64(rounds))
        guard let seconds = run.seconds(onlyFirst: onlyFirst) else { return best }
        return max(best, Double(run.products) / seconds)
      }
    }
    return (best(onlyFirst: true), best(onlyFirst: false))
  }
}

/// One timed run of the register loop.
private final class PeakRun: Sendable {
  private let engine: Engine
  private let rounds: UInt64
  private let total = Atomic<UInt64>(0)
  private let onlyFirst = Atomic<Bool>(true)

  init(_ engine: Engine, rounds: UInt64) {
    self.engine = engine
    self.rounds = max(1, rounds)
  }

  var products: UInt64 { total.load(ordering: .relaxed) }

  func seconds(onlyFirst: Bool) -> Double? {
    self.onlyFirst.store(onlyFirst, ordering: .relaxed)
    let time = ContinuousClock().measure {
      unsafe engine.pool.run(self) { context, thread in
        unsafe Unmanaged<PeakRun>.fromOpaque(context).takeUnretainedValue().work(Int(thread))
      }
    }
    let seconds = time / .seconds(1)
    return seconds > 0 ? seconds : nil
  }

  private func work(_ thread: Int) {
    guard thread == 0 || !onlyFirst.load(ordering: .relaxed) else { return }
    total.add(unsafe engine.kernels.table.pointee.peak(rounds), ordering: .relaxed)
  }
}
