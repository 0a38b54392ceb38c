internal import Classification

/// Why results of a source are worth keeping.
struct SaveRule {
  private let plan: SavePlan
  private var lastUnsure: WallTime?
  private var lastInTurn: WallTime?

  init(_ plan: SavePlan) { self.plan = plan }

  /// Why a result's picture is kept; nothing where it is not.
  mutating func reasons(
    for labels: Record.Labels, at time: WallTime, isChange: Bool
  ) -> [SavePlan.Reason] {
    var reasons: [SavePlan.Reason] = []
    if plan.savesChanges, isChange { reasons.append(.change) }
    if let bound = plan.unsureBelow, Self.isUnsure(labels, bound),
      Self.isDue(time, after: lastUnsure, pause: plan.unsurePause)
    {
      reasons.append(.unsure)
      lastUnsure = time
    }
    if let period = plan.period, Self.isDue(time, after: lastInTurn, pause: period) {
      reasons.append(.every)
      lastInTurn = time
    }
    if let share = plan.share, Double.random(in: 0..<1) < share { reasons.append(.random) }
    return reasons
  }

  private static func isUnsure(_ labels: Record.Labels, _ bound: Float) -> Bool {
    switch labels.answer {
    case .unknown: true
    case .label(let best): best.score < bound
    }
  }

  /// Whether a pause is over; it is after a jump back, too, as of a recording or a clock that was set.
  private static func isDue(_ time: WallTime, after last: WallTime?, pause: Double) -> Bool {
    guard let last else { return true }
    let passed = time.nanoseconds - last.nanoseconds
    return passed < 0 || Double(passed) / 1e9 >= pause
  }
}
