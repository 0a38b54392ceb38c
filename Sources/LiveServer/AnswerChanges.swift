import Classification
import Imaging
import Live

/// The last changes of the sources' answers, for clients that were not there, and what the last of them were found in.
struct AnswerChanges: Sendable {
  /// Another answer than before.
  struct Change: Sendable {
    /// Counted over all sources, from 1.
    var number: UInt64
    var source: Int
    /// The frame in which it was found.
    var frame: Record.Frame
    var answer: Answer
    /// What the frame shows, if that is kept.
    var picture: ShownFrame?

    /// As a JSON object.
    var json: String {
      var members = [
        "\"id\": \(number)", "\"source\": \(Record.quoted(frame.source))",
        "\"sequence\": \(frame.sequence)", "\"time\": \(Record.quoted(frame.captured.text))",
      ]
      if picture != nil { members.append("\"picture\": true") }
      return "{\((members + answer.members).joined(separator: ", "))}"
    }
  }

  /// Changes kept.
  static let limit = 256
  /// Pictures kept, and their bytes.
  static let pictureLimit = (count: 64, bytes: 32 << 20)

  /// Oldest first.
  private(set) var all: [Change] = []
  private var count: UInt64 = 0

  /// Takes the next one; the oldest makes room.
  mutating func add(
    _ answer: Answer, in frame: Record.Frame, of source: Int, picture: ShownFrame? = nil
  ) {
    count += 1
    if all.count == Self.limit { all.removeFirst() }
    all.append(
      Change(number: count, source: source, frame: frame, answer: answer, picture: picture))
    if picture != nil { forgetPictures() }
  }

  /// The change with a number.
  subscript(number: UInt64) -> Change? { all.first { $0.number == number } }

  /// Puts a file in place of a picture's pixels, which take more memory.
  mutating func replacePicture(of number: UInt64, by jpeg: [UInt8]) {
    guard let index = all.firstIndex(where: { $0.number == number }) else { return }
    all[index].picture?.content = .jpeg(jpeg)
  }

  /// Forgets the oldest pictures beyond the limits.
  private mutating func forgetPictures() {
    var (count, bytes) = (0, 0)
    for index in all.indices.reversed() {
      guard let picture = all[index].picture else { continue }
      count += 1
      bytes += picture.bytes
      if count > Self.pictureLimit.count || bytes > Self.pictureLimit.bytes {
        all[index].picture = nil
      }
    }
  }
}

extension ShownFrame {
  /// The memory that it takes.
  fileprivate var bytes: Int {
    switch content {
    case .jpeg(let file): file.count
    case .pixels(let image): image.pixels.count
    }
  }
}
