import Basics
import Glibc

/// Passes on what a program says on its stderr, a line each, until it ends.
///
/// Its last words are kept back: they say why it ended.
final class MessageReader: Sendable {
  private struct State {
    var last: String?
    var lacksVideo = false
    var hasEnded = false
  }

  /// Words after which for so many milliseconds nothing happens were not the last.
  private static let pause: Int32 = 300
  private static let longestLine = 500

  /// What ffmpeg says of an input without what `-map` names; advice on that option follows, which is no use to anybody here.
  private static let noVideo = "matches no streams"

  private let state = Monitor(State())
  private let input: String
  private let name: String

  /// Reads `descriptor`, which it closes at the end, and passes it on to `intake`, if there is one; in what is said `input` is replaced by `name`, which holds no password.
  init(
    _ descriptor: Int32, replacing input: String, by name: String, _ intake: FrameIntake?
  ) throws(SystemError) {
    self.input = input
    self.name = name
    try DetachedThread.start { [self] in
      read(descriptor, intake)
      close(descriptor)
      state.with { $0.hasEnded = true }
    }
  }

  /// Waits for the end; what was said last, if nothing happened after it but the end.
  func lastMessage() -> String? { state.when(\.hasEnded) { $0.last } }

  /// Waits for the end; whether it was said that there is no video.
  func lacksVideo() -> Bool { state.when(\.hasEnded) { $0.lacksVideo } }

  private func read(_ descriptor: Int32, _ intake: FrameIntake?) {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let isWaiting = state.with { $0.last != nil }
      let ready = unsafe poll(&wanted, 1, isWaiting ? Self.pause : -1)
      if ready == 0 { saySaved(intake) }
      guard ready > 0 else { continue }
      let count = unsafe Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      for byte in buffer.prefix(count) {
        if byte == 0x0A || byte == 0x0D {
          save(line, intake)
          line = []
        } else if line.count < Self.longestLine {
          line.append(byte)
        }
      }
    }
    save(line, intake)
  }

  private func save(_ line: [UInt8], _ intake: FrameIntake?) {
    let text = Self.plain(String(decoding: line, as: UTF8.self)).replacing(input, with: name)
    guard !text.isEmpty else { return }
    saySaved(intake)
    if text.contains(Self.noVideo) { state.with { $0.lacksVideo = true } }
    guard !state.with({ $0.lacksVideo }) else { return }
    state.with { $0.last = text }
  }

  private func saySaved(_ intake: FrameIntake?) {
    let last = state.with { state in
      defer { state.last = nil }
      return state.last
    }
    if let last { intake?.say(last) }
  }

  /// `[tcp @ 0x55d0c8] Connection refused` without the address in memory.
  private static func plain(_ line: String) -> String {
    guard line.hasPrefix("["), let end = line.firstRange(of: "] "),
      let at = line.firstRange(of: " @ "), at.lowerBound < end.lowerBound
    else { return line.hasPrefix(" ") ? String(line.drop { $0 == " " }) : line }
    let part = line[line.index(after: line.startIndex)..<at.lowerBound]
    return "\(part): \(line[end.upperBound...])"
  }
}
