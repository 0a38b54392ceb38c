import ArgumentParser
import Basics
import Classification
import ModelFile

/// What is said of each image or frame.
struct ResultOptions: ParsableArguments {
  @Option(help: "Label sets.")
  var labels = LabelSelection.all

  @Option(
    help: ArgumentHelp(
      "How many of the best labels (default: 3 in a table, else 5).", valueName: "count"))
  var top: Int?

  @Option(
    help: ArgumentHelp(
      "How to write results (default: table; of streams not seen on a terminal jsonl).",
      valueName: "format"))
  var format: OutputFormat?

  @Option(help: UnknownRate.help)
  var unknown: UnknownRate?

  @Option(name: .customLong("threshold"), help: LabelThreshold.help)
  var thresholds: [LabelThreshold] = []

  @Flag(help: "Add each head's logit and P(known) (jsonl).")
  var explain = false

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more.") }
  }

  /// What a format's records have of an image's scores.
  func style(in format: OutputFormat) -> RecordStyle {
    var style = RecordStyle()
    style.top = top ?? format.defaultTop
    style.explains = explain
    return style
  }
}

/// How records are written.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case jsonl
  case csv

  /// Labels shown of each set when nothing is said: few enough for a line, or enough for a program.
  var defaultTop: Int { self == .table ? 3 : 5 }

  /// What writes records so; `table` is the table for people.
  func writer(of subject: RecordSubject, table: @autoclosure () -> any RecordFormat)
    -> any RecordFormat
  {
    switch self {
    case .table: table()
    case .jsonl: JSONFormat()
    case .csv: CSVFormat(subject)
    }
  }
}

extension LabelSelection: ExpressibleByArgument {}

/// A label, and the score below which it is not answered.
struct LabelThreshold: ExpressibleByArgument {
  let label: String
  let score: Float

  /// What an option of this says of itself.
  static let help = ArgumentHelp(
    "\"unknown\" where this label is best but scores less.", valueName: "label=0.7")

  /// As `mug=0.7`; there may be a `=` in the label.
  init?(argument: String) {
    guard let sign = argument.lastIndex(of: "="),
      let score = Float(argument[argument.index(after: sign)...]), score > 0, score <= 1
    else { return nil }
    label = String(argument[..<sign])
    guard !label.allSatisfy(\.isWhitespace) else { return nil }
    self.score = score
  }
}

/// What share of images that show a label may be answered "unknown".
enum UnknownRate: ExpressibleByArgument, Equatable {
  case off
  case rate(Double)

  /// `5%`, `0.05` or `off`.
  init?(argument: String) {
    if argument == "off" {
      self = .off
      return
    }
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else {
      return nil
    }
    let share = isPercent ? number / 100 : number
    guard share > 0, share < 1 else { return nil }
    self = .rate(share)
  }

  /// What an option of this says of itself.
  static let help = ArgumentHelp(
    """
    Answer "unknown" where no label fits, and refuse so many of the images that show one (default: 5% where the \
    model has seen photos enough).
    """, valueName: "rate|off")
}

extension UnknownRate? {
  /// The thresholds of a model; nil is 5 % where the model can say so small a rate, else none.
  ///
  /// - Throws: when the model cannot answer "unknown" as was asked.
  func threshold(of manifest: Manifest) throws -> UnknownThreshold {
    do throws(TooFewPhotos) {
      switch self {
      case .off: return .none
      case nil: return try UnknownThreshold(rate: nil, of: manifest)
      case .rate(let rate): return try UnknownThreshold(rate: rate, of: manifest)
      }
    } catch {
      throw UnusableRate(reason: error)
    }
  }
}

/// A model cannot answer "unknown" as rarely as was asked.
private struct UnusableRate: Error, CustomStringConvertible {
  var reason: TooFewPhotos

  var description: String { "--unknown: \(reason)" }
}
