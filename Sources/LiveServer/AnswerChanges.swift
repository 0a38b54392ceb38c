import Classification
import Imaging
import Live
import LiveSaving

/// The last changes of the sources' answers, for clients that were not there, and what the last of them were found in.
struct AnswerChanges: Sendable {
  /// Another answer than before.
  struct Change: Sendable {
    /// Counted over all sources, from 1.
    var number: UInt64
    /// What its source is called, its frame's number, and when that was captured.
    var source: String
    var sequence: Int
    var time: WallTime
    var answer: Answer
    /// What the frame shows, if that is kept.
    var picture: Picture?
    /// What of it a photo has to show; nil for all.
    var part: ImageRegion?

    /// As a JSON object.
    var json: String {
      var members = [
        "\"id\": \(number)", "\"source\": \(Record.quoted(source))",
        "\"sequence\": \(sequence)", "\"time\": \(Record.quoted(time.text))",
      ]
      if picture != nil { members.append("\"picture\": true") }
      return "{\((members + answer.members).joined(separator: ", "))}"
    }
  }

  /// What the frame of a change shows.
  enum Picture: Sendable {
    /// Held in memory.
    case held(ShownFrame.Content)
    /// Kept in the folder of an earlier run, by its name there.
    case saved(SavedName)
  }

  /// Changes kept.
  static let limit = 256
  /// Pictures kept, and their bytes.
  static let pictureLimit = (count: 64, bytes: 32 << 20)

  /// Oldest first.
  private(set) var all: [Change] = []
  private var count: UInt64 = 0

  /// No changes yet but those that an earlier run has kept, oldest first.
  init(after earlier: [SavedPicture] = []) {
    for picture in earlier {
      guard let answer = picture.answer else { continue }
      append(
        answer, picture.source, picture.sequence, picture.time, .saved(picture.name), picture.part)
    }
  }

  /// Takes the next one; the oldest makes room.
  mutating func add(_ answer: Answer, in frame: Record.Frame, picture: ShownFrame? = nil) {
    append(
      answer, frame.source, frame.sequence, frame.captured, (picture?.content).map(Picture.held),
      picture?.part)
    if picture != nil { forgetPictures() }
  }

  private mutating func append(
    _ answer: Answer, _ source: String, _ sequence: Int, _ time: WallTime, _ picture: Picture?,
    _ part: ImageRegion?
  ) {
    count += 1
    if all.count == Self.limit { all.removeFirst() }
    all.append(
      Change(
        number: count, source: source, sequence: sequence, time: time, answer: answer,
        picture: picture, part: part))
  }

  /// The change with a number.
  subscript(number: UInt64) -> Change? { all.first { $0.number == number } }

  /// Puts a file in place of a picture's pixels, which take more memory.
  mutating func replacePicture(of number: UInt64, by jpeg: [UInt8]) {
    guard let index = all.firstIndex(where: { $0.number == number }) else { return }
    all[index].picture = .held(.jpeg(jpeg))
  }

  /// Forgets the oldest pictures that are held beyond the limits.
  private mutating func forgetPictures() {
    var (count, bytes) = (0, 0)
    for index in all.indices.reversed() {
      guard case .held(let content) = all[index].picture else { continue }
      count += 1
      bytes += content.bytes
      if count > Self.pictureLimit.count || bytes > Self.pictureLimit.bytes {
        all[index].picture = nil
      }
    }
  }
}
