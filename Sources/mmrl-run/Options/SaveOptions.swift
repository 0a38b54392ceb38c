import ArgumentParser
import LiveSaving

/// Which pictures of cameras and streams are kept.
struct SaveOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Keep pictures in which the answer changes there.", valueName: "folder"))
  var save: String?

  @Option(
    help: ArgumentHelp(
      """
      What is kept, with its record as JSON; several for any of them: change (the default); unsure, where the answer \
      is unknown or its score below \(SavePlan.usualBound), or below another one, as unsure=0.8, once in 10 s and only what \
      looks new; every=30s; random=0.01, that share of the results.
      """, valueName: "reason", visibility: .hidden),
    transform: SaveReason.init(text:))
  var saveWhen: [SaveReason] = []

  @Option(
    help: ArgumentHelp(
      "How many pictures, or how many bytes, as 500MB, are kept, or both; the oldest go first (default: 1000 and 500MB).",
      valueName: "limit", visibility: .hidden),
    transform: SaveLimit.init(text:))
  var saveLimit: [SaveLimit] = []

  @Option(
    help: ArgumentHelp(
      "Keep frames from so long before a change or an unsure answer, too, 4 a second, up to 32 MB.",
      valueName: "time", visibility: .hidden),
    transform: SaveReason.seconds)
  var preRoll: Double?

  func validate() throws {
    guard let save else {
      let beside = [
        (!saveWhen.isEmpty, "--save-when"), (!saveLimit.isEmpty, "--save-limit"),
        (preRoll != nil, "--pre-roll"),
      ]
      if let option = beside.first(where: \.0) {
        throw ValidationError("\(option.1) is about --save.")
      }
      return
    }
    guard !save.isEmpty, !save.contains("\0") else {
      throw ValidationError("--save takes the name of a folder.")
    }
    if let preRoll, preRoll > 30 { throw ValidationError("--pre-roll takes 30s at most.") }
    let kinds = saveLimit.map(\.isOfBytes)
    guard kinds.count == Set(kinds).count else {
      throw ValidationError("There can be one --save-limit of pictures and one of bytes.")
    }
    guard saveWhen.count == Set(saveWhen.map(\.name)).count else {
      throw ValidationError("There can be one --save-when of each kind.")
    }
    guard preRoll == nil || plan.savesChanges || plan.unsureBelow != nil else {
      throw ValidationError("--pre-roll is about --save-when change or unsure.")
    }
  }

  /// The options that were used.
  var given: [String] { save == nil ? [] : ["--save"] }

  /// What is kept.
  var plan: SavePlan {
    var plan = SavePlan()
    for reason in saveWhen.isEmpty ? [.change] : saveWhen {
      switch reason {
      case .change: plan.savesChanges = true
      case .unsure(let bound): plan.unsureBelow = bound
      case .every(let seconds): plan.period = seconds
      case .random(let share): plan.share = share
      }
    }
    for limit in saveLimit {
      switch limit {
      case .pictures(let count): plan.limits.pictures = count
      case .bytes(let count): plan.limits.bytes = count
      }
    }
    plan.preRoll = preRoll ?? 0
    return plan
  }
}

/// Why a picture is kept, as `unsure` or `every=30s`.
enum SaveReason {
  case change
  case unsure(below: Float)
  case every(seconds: Double)
  case random(share: Double)

  var name: String {
    switch self {
    case .change: "change"
    case .unsure: "unsure"
    case .every: "every"
    case .random: "random"
    }
  }

  init(text: String) throws {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let value = parts.count > 1 ? String(parts[1]) : nil
    switch (String(parts[0]), value) {
    case ("change", nil): self = .change
    case ("unsure", nil): self = .unsure(below: SavePlan.usualBound)
    case ("unsure", let value?):
      guard let bound = Float(value), bound > 0, bound <= 1 else {
        throw ValidationError("unsure= takes a score above 0, at most 1.")
      }
      self = .unsure(below: bound)
    case ("every", let value?): self = .every(seconds: try Self.seconds(value))
    case ("random", let value?):
      guard let share = Double(value), share > 0, share <= 1 else {
        throw ValidationError("random= takes a share above 0, at most 1.")
      }
      self = .random(share: share)
    default:
      throw ValidationError("It is change, unsure, unsure=0.8, every=30s or random=0.01.")
    }
  }

  /// A time as 2s.
  static func seconds(_ text: String) throws -> Double {
    guard text.hasSuffix("s"), let seconds = Double(text.dropLast()), seconds > 0, seconds < 1e6
    else { throw ValidationError("It is a time in seconds, as 2s; more than 0.") }
    return seconds
  }
}

/// How much is kept, as `1000` or `500MB`.
enum SaveLimit {
  case pictures(Int)
  case bytes(Int)

  /// Less than this holds hardly a picture.
  private static let fewestBytes = 1_000_000

  var isOfBytes: Bool { if case .bytes = self { true } else { false } }

  init(text: String) throws {
    if let count = Int(text), (1...100_000).contains(count) {
      self = .pictures(count)
    } else if let bytes = Self.bytes(text), bytes >= Self.fewestBytes {
      self = .bytes(bytes)
    } else {
      throw ValidationError(
        "It is a number of pictures, 1 to 100000, or of bytes, 1MB or more, as 500MB or 4GB.")
    }
  }

  private static func bytes(_ text: String) -> Int? {
    for (unit, size) in [("MB", 1_000_000), ("GB", 1_000_000_000)] where text.hasSuffix(unit) {
      guard let count = Int(text.dropLast(2)), (1...1_000_000).contains(count) else { return nil }
      return count * size
    }
    return nil
  }
}
