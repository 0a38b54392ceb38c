package import Capture
internal import Live

/// Which faults of a broker are told: one line when it goes, one when it is back, and each time something has to be done
/// about it.
package struct Outage {
  private var began: MonotonicTime?
  private var told: [BrokerFault] = []
  private var isBackTold = false
  private var hasBeenThere = false
  private var repeats = Repeats<String>()

  /// Of a broker that has never been there.
  package init() {}

  /// What to say of a fault that occurs now; nil for nothing.
  package mutating func note(_ fault: BrokerFault, at now: MonotonicTime = .now) -> BrokerReport? {
    let isFirst = began == nil
    if isFirst { began = now }
    if fault.mayPass {
      guard isFirst, repeats.admit("away", at: now) != nil else { return nil }
    } else {
      guard !told.contains(fault) else { return nil }
      told.append(fault)
    }
    isBackTold = true
    return .fault(fault)
  }

  /// What to say of the broker that is there now; nil for nothing.
  package mutating func end(at now: MonotonicTime = .now) -> BrokerReport? {
    defer {
      (began, told) = (nil, [])
      (isBackTold, hasBeenThere) = (false, true)
    }
    guard let began, hasBeenThere else { return hasBeenThere ? nil : .connected }
    return isBackTold ? .back(after: now - began) : nil
  }
}
