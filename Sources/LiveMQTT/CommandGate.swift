package import Capture

/// What others may ask for by a message.
package enum RemoteCommand: String, Sendable, CaseIterable {
  /// Read the model's file again.
  case reload
  /// Publish the newest images.
  case snapshot
}

/// Decides which messages are commands that are followed.
package struct CommandGate {
  /// A message that has come.
  package struct Message: Sendable {
    /// Where it was sent to.
    package var topic: String
    /// The first bytes.
    package var start: [UInt8]
    /// Of how many.
    package var count: Int
    /// Whether the broker has kept it from before.
    package var isRetained: Bool

    /// A message.
    package init(topic: String, start: [UInt8], count: Int, isRetained: Bool) {
      self.topic = topic
      self.start = start
      self.count = count
      self.isRetained = isRetained
    }

    /// More is of no interest.
    static let startLimit = 64

    /// The text of a message that is short enough to be one of ours.
    var text: String? {
      count <= Self.startLimit ? String(decoding: start, as: UTF8.self) : nil
    }
  }

  /// What is done about a message.
  package enum Verdict: Equatable {
    /// What it asks for.
    case follow(RemoteCommand)
    /// Nothing, for this reason.
    case ignore(String)
  }

  /// Seconds between two commands of the same name that are followed.
  static let period = 1.0
  private var last: [RemoteCommand: MonotonicTime] = [:]

  /// A gate through which nothing has come yet.
  package init() {}

  /// What to do about a message that comes now.
  package mutating func judge(_ message: Message, at now: MonotonicTime = .now) -> Verdict {
    guard !message.isRetained else {
      return .ignore("it is an old one that the broker has retained (send it without)")
    }
    guard let text = message.text else {
      return .ignore("it is longer than any of them")
    }
    guard let command = RemoteCommand(rawValue: text) else {
      return .ignore(
        "it is none of \(RemoteCommand.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    if let time = last[command], now - time < Self.period {
      return .ignore("\(text) comes more than once a second")
    }
    last[command] = now
    return .follow(command)
  }
}
