import Capture
import Classification
import FoundationEssentials
import Live
import ModelFile
import NIOCore

/// The state of all sources as JSON: what `/events` says now and then besides the results.
struct StatusReport: Encodable {
  struct Source: Encodable {
    var name: String
    var state: String
    var detail: String
    var lastFault: String?
    var answer: StandingAnswer?
    /// What part of its frames is looked at; absent while that is not known.
    var crop: CropRoutes.Part?
    /// The part of its photos that the model learnt from; absent where it learnt from all of them.
    var learnt: CropRoutes.Part?
    /// Seconds since the last frame.
    var silence: Double?
    var classified: Int
    var still: Int
    var dropped: Int
    var reconnects: Int
    var faults: [String: Int]
    var odd: [String: Int]
    var history: Steps
  }

  /// What the decision over time has come to, which single results may differ from.
  struct StandingAnswer: Encodable {
    var label: String
    /// `known`, `novel` or `unknown`.
    var set: String

    init(_ answer: Answer) {
      label = answer.text
      switch answer {
      case .label(let scored): set = scored.set.rawValue
      case .unknown: set = Answer.unknownText
      }
    }
  }

  /// A value for each step of the last minutes, oldest first; ages in milliseconds.
  struct Steps: Encodable {
    var step = History.step
    var length = History.length
    var classified: [Int]
    var dropped: [Int]
    var median: [Double?]
    var high: [Double?]
  }

  var version: String
  var model: String
  /// How often the model was replaced.
  var replacements: Int
  var uptime: Double
  /// Seconds without a result after which something is wrong.
  var timeout: Double
  var sources: [Source]

  init(_ mailbox: Mailbox, _ program: LiveServer.Program) {
    let now = NIODeadline.now()
    let moment = MonotonicTime.now
    version = program.version
    model = program.model
    replacements = mailbox.replacements
    timeout = mailbox.timeout
    uptime = Self.rounded(Double((now - mailbox.start).nanoseconds) / 1e9)
    sources = mailbox.sources().map { state in
      var history = state.history
      let steps = history.steps(at: now)
      return Source(
        name: state.name, state: state.health.condition.rawValue, detail: state.health.detail,
        lastFault: state.health.lastFault, answer: state.answer.map(StandingAnswer.init),
        crop: (state.part?.region).map(CropRoutes.Part.init),
        learnt: (state.part?.learnt).map(CropRoutes.Part.init),
        silence: state.health.lastFrame.map { Self.rounded(moment - $0) },
        classified: state.classified, still: state.still, dropped: state.dropped,
        reconnects: state.reconnects,
        faults: Dictionary(uniqueKeysWithValues: state.faults.map { ($0.kind, $0.count) }),
        odd: Dictionary(uniqueKeysWithValues: state.oddities.map { ($0.kind, $0.count) }),
        history: Steps(
          classified: steps.map(\.classified), dropped: steps.map(\.dropped),
          median: steps.map { $0.median.map { Self.rounded($0 * 1000) } },
          high: steps.map { $0.high.map { Self.rounded($0 * 1000) } }))
    }
  }

  /// Tenths.
  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
