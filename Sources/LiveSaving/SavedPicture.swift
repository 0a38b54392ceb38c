internal import Basics
internal import Capture
package import Classification
internal import FoundationEssentials
package import Imaging
internal import Live
internal import ModelFile

/// A kept picture, as the record beside it says.
package struct SavedPicture: Sendable {
  /// Its name in the folder.
  package var name: SavedName
  /// What the user calls the camera or stream.
  package var source: String
  /// The frame's number.
  package var sequence: Int
  /// When it was captured.
  package var time: WallTime
  /// What the source showed; nil of frames from before a moment that were not classified.
  package var answer: Answer?
  /// What of it a photo has to show for the model to see the same in it; nil for all.
  package var part: ImageRegion?
  /// Why it is kept.
  package var reasons: [SavePlan.Reason]

  /// As a JSON object.
  package var json: String {
    let kept = reasons.map { Record.quoted($0.rawValue) }.joined(separator: ", ")
    let members = [
      "\"name\": \(Record.quoted(name.text))", "\"source\": \(Record.quoted(source))",
      "\"sequence\": \(sequence)", "\"time\": \(Record.quoted(time.text))", "\"kept\": [\(kept)]",
    ]
    return "{\((members + (answer?.members ?? [])).joined(separator: ", "))}"
  }

  /// Reads a record that was kept; nil where it is none.
  init?(_ name: SavedName, json: [UInt8]) {
    guard let kept = try? JSONDecoder().decode(Kept.self, from: Data(json)),
      let time = WallTime(text: kept.time)
    else { return nil }
    self.name = name
    source = kept.source
    sequence = kept.sequence
    self.time = time
    reasons = kept.kept
    part = kept.crop.flatMap { ImageRegion($0) }
    answer = kept.unknown == true ? .unknown(kept.unknown_score) : kept.answer?.scored(kept.labels)
  }

  /// The text that is kept of a frame: its record, and why it is.
  static func text(of seen: SeenFrame, source: String, _ reasons: [SavePlan.Reason]) -> String {
    let kept = reasons.map { Record.quoted($0.rawValue) }.joined(separator: ", ")
    let start =
      seen.record.map { String($0.json.dropLast()) }
        ?? """
        {"source": \(Record.quoted(source)), "sequence": \(seen.frame.sequence), \
        "time": \(Record.quoted(seen.time.text))
        """
    let part = seen.frame.part.map { ", \"crop\": \"\($0)\"" } ?? ""
    return "\(start), \"kept\": [\(kept)]\(part)}\n"
  }

  /// What of the file matters here.
  private struct Kept: Decodable {
    struct Scored: Decodable {
      var label: String
      var score: Float
      var set: String
      var head: String
      var logit: Float?
      var class_logit: Float?
      var representation_logit: Float?

      /// With the logits that are said of it in a list of labels.
      func scored(_ labels: [Scored]?) -> Answer? {
        guard let set = Manifest.LabelSet.Kind(rawValue: set), let head = Head(rawValue: head)
        else { return nil }
        let full = labels?.first { $0.label == label }
        let logit = full?.logit ?? .nan
        return .label(
          ScoredLabel(
            label: label, set: set, head: head, score: score, logit: logit,
            classLogit: full?.class_logit ?? logit,
            representationLogit: full?.representation_logit))
      }
    }

    var source: String
    var sequence: Int
    var time: String
    var answer: Scored?
    var unknown: Bool?
    var unknown_score: Float?
    var labels: [Scored]?
    var kept: [SavePlan.Reason]
    var crop: String?
  }
}

extension SeenFrame {
  /// When it was: what its record says.
  var time: WallTime {
    if case .frame(let frame) = record?.origin { return frame.captured }
    return WallTime(nanoseconds: frame.time.wallClock)
  }
}
