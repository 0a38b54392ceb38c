import Calibration
import Basics
import CLIPModel
import Training

extension TrainedModel {
  /// Says how the model does.
  func sayHowItDoes() {
    Message.say(headline)
    guard let findings else { return }
    Message.say(findings.method)
    for candidate in findings.comparison {
      let remark = candidate.remark.map { ": " + $0 } ?? ", the model"
      Message.sayRow(
        "\(Findings.percent(candidate.accuracy.value)) "
          + "(\(Findings.range(candidate.accuracy.interval)))", "\(candidate.name)\(remark)")
    }
    for warning in warnings { Message.say(warning) }
    let weak = findings.weakLabels
    if !weak.isEmpty {
      let some = weak.prefix(5).map { "\($0.label) (\($0.right) of \($0.photos) right)" }
      let more = weak.count > 5 ? " and \(weak.count - 5) more" : ""
      Message.say("weak: \(some.joined(separator: ", "))\(more)")
    }
    let scores = findings.measurement.scores(findings.measurement.shipped)
    for confusion in scores.confusions(3) where confusion.photos > 1 {
      Message.say(
        "taken for \(data.labels[confusion.given]): \(confusion.photos) photos of "
          + data.labels[confusion.label])
    }
    for suspect in findings.suspects.prefix(5) {
      Message.say(
        "look at \(findings.measurement.photos[suspect.photo].path): it looks like "
          + "\(data.labels[suspect.given]) (\(Findings.percent(suspect.probability.given)))")
    }
    for group in findings.duplicatesAcrossLabels.prefix(5) {
      Message.say(
        "nearly the same under different labels: "
          + group.map { findings.measurement.photos[$0].path }.joined(separator: ", "))
    }
    if let text = findings.morePhotos { Message.say(text) }
  }

  /// The command that uses the model, for a person to type.
  var nextCommand: String {
    "next: mmrl-run --model \(Self.quoted(run.output.path)) FOLDER"
  }

  /// A path as a shell takes it.
  private static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./+@%:,=".utf8.contains(byte)
      }
    }
    return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }
}

extension LabelPrompts {
  /// Says which labels cannot be told apart.
  func sayWhatIsAmbiguous() {
    var first: [[Int32]: String] = [:]
    for (label, ids) in zip(labels, ids) {
      if let other = first[ids] {
        Message.say(
          "\"\(other)\" and \"\(label)\" are the same text in the prompt: by name they cannot be told "
            + "apart (rename one)")
      } else {
        first[ids] = label
      }
    }
  }
}
