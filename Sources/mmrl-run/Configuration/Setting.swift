import Basics
import YAML

/// A line of a configuration file that stands for an option.
struct Setting {
  /// The name of the option; the file may have another word for it.
  var option: String
  /// Where it stands, or its one of several values.
  var place: YAMLNode.Place
  /// As the option takes it; nil for a flag.
  var value: String?
  /// The same as words of a command line.
  var words: [String]
}

extension [Setting] {
  /// Tries settings until none is refused; those that are go from the list.
  ///
  /// The options' own checks decide, which know nothing of files: what they complain about is found by the name of the option,
  /// which they say.
  ///
  /// - Parameters:
  ///   - given: names of options of the command line, whose faults are its own.
  ///   - parse: takes all that are left.
  ///   - text: what is said of an error.
  /// - Returns: a fault for each that was refused by itself, and what was wrong with none of them.
  mutating func check(
    besides given: Set<String> = [], _ parse: ([String]) throws -> Void, text: (any Error) -> String
  ) -> (faults: [YAMLFault], other: (any Error)?) {
    var faults: [YAMLFault] = []
    var refused: Set<String> = []
    while true {
      do {
        try parse(flatMap(\.words))
        return (faults, nil)
      } catch {
        let complaint = text(error)
        let names = OptionNames.all(in: complaint)
        let byName = culprit(of: complaint, names)
        let isOthers = !given.isDisjoint(with: names)
        guard let index = byName ?? (isOthers ? nil : culprit(of: complaint)) else {
          return (faults, error)
        }
        let setting = remove(at: index)
        // What is missing now because it was refused is no fault of another.
        if names.allSatisfy({ $0 == setting.option || !refused.contains($0) }) {
          faults.append(YAMLFault(setting.place, OptionNames.bare(complaint)))
        }
        refused.insert(setting.option)
      }
    }
  }

  /// The setting that a complaint is about: that of the first option that it names, and of several values the one it shows.
  private func culprit(of complaint: String, _ names: [String]) -> Int? {
    let candidates = indices.filter { self[$0].option == names.first }
    let shown = candidates.first { index in
      self[index].value.map { complaint.contains("'\($0)'") } ?? false
    }
    return shown ?? candidates.first
  }

  /// The same of a complaint about a value, whose option it does not name.
  private func culprit(of complaint: String) -> Int? {
    indices.first { index in
      self[index].value.map { $0.utf8.count > 3 && complaint.contains($0) } ?? false
    }
  }
}

/// Names of options in text for people.
enum OptionNames {
  /// All of them, without their dashes.
  static func all(in text: String) -> [String] {
    pieces(of: text).dropFirst().map { piece in
      String(piece.prefix { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") })
    }
  }

  /// The text without the dashes, as a file has the names.
  static func bare(_ text: String) -> String { pieces(of: text).joined() }

  /// What is between the dashes of names.
  private static func pieces(of text: String) -> [String] {
    var pieces = [""]
    var rest = text[...]
    while let dashes = rest.firstRange(of: "--") {
      let before = rest[..<dashes.lowerBound]
      let after = rest[dashes.upperBound...]
      pieces[pieces.count - 1] += before
      let isName =
        after.first.map { $0.isASCII && $0.isLowercase } ?? false
        && (before.last ?? pieces[pieces.count - 1].last).map { !$0.isLetter && $0 != "-" } ?? true
      if isName { pieces.append("") } else { pieces[pieces.count - 1] += "--" }
      rest = after
    }
    pieces[pieces.count - 1] += rest
    return pieces
  }
}
