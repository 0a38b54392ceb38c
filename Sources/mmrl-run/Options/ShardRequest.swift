import ArgumentParser
import Classification
import Glibc

/// Which part of a job, by number or by what a scheduler says.
enum ShardRequest: Equatable {
  case shard(Shard)
  /// A number by a scheduler's variable, of so many; nil where it says that, too.
  case scheduled(Scheduler, count: Int?)

  /// What starts the parts of a job.
  enum Scheduler: String {
    case slurm
    case kubernetes

    /// What has the number of the part.
    fileprivate var variable: String {
      switch self {
      case .slurm: "SLURM_ARRAY_TASK_ID"
      case .kubernetes: "JOB_COMPLETION_INDEX"
      }
    }
  }

  /// `2/8`, `slurm`, `slurm/8` or `kubernetes/8`.
  init(text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let scheduler = Scheduler(rawValue: parts[0])
    let count = parts.count == 2 ? Int(parts[1]) : nil
    if text == "slurm" {
      self = .scheduled(.slurm, count: nil)
    } else if let scheduler, let count, count > 0 {
      self = .scheduled(scheduler, count: count)
    } else if let count, let index = Int(parts[0]), let shard = Shard(index, of: count) {
      self = .shard(shard)
    } else if scheduler == .kubernetes {
      throw ValidationError(
        "Kubernetes does not say of how many: kubernetes/8, for a job of 8 completions.")
    } else {
      throw ValidationError(
        "It is a part, from 0, and of how many, as 0/8 to 7/8; slurm, slurm/8 or kubernetes/8.")
    }
  }

  /// The part.
  ///
  /// - Throws: `ValidationError` where the scheduler does not tell it.
  func shard() throws(ValidationError) -> Shard {
    switch self {
    case .shard(let shard): return shard
    case .scheduled(let scheduler, let count?):
      let index = try Self.number(scheduler.variable)
      guard let shard = Shard(index, of: count) else {
        throw ValidationError(
          "--shard \(scheduler)/\(count): $\(scheduler.variable) is \(index), and has to be 0 to \(count - 1)."
        )
      }
      return shard
    case .scheduled(let scheduler, nil): return try Self.shardOfArray(scheduler)
    }
  }

  /// The part that a task is of its whole array, whose numbers may begin anywhere and be apart.
  private static func shardOfArray(_ scheduler: Scheduler) throws(ValidationError) -> Shard {
    let index = try number(scheduler.variable)
    let first = try number("SLURM_ARRAY_TASK_MIN")
    let last = try number("SLURM_ARRAY_TASK_MAX")
    let count = try number("SLURM_ARRAY_TASK_COUNT")
    let step = try number("SLURM_ARRAY_TASK_STEP")
    // Tasks that are started again by themselves are an array, too, and not that of all parts.
    guard count > 1, step > 0, last - first == (count - 1) * step,
      (index - first).isMultiple(of: step), let shard = Shard((index - first) / step, of: count)
    else {
      throw ValidationError(
        "--shard slurm: this array is one task, or has gaps; say how many parts there are, and count the array from 0: --shard slurm/8."
      )
    }
    return shard
  }

  private static func number(_ variable: String) throws(ValidationError) -> Int {
    guard let value = unsafe getenv(variable) else {
      throw ValidationError("--shard: $\(variable) is not set here.")
    }
    let text = unsafe String(cString: value)
    guard let number = Int(text) else {
      throw ValidationError("--shard: $\(variable) is \(text), and not a number.")
    }
    return number
  }
}
