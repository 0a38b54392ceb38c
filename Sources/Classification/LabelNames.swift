internal import Tokenization

extension [LabelSet] {
  /// The places among all labels of those called so, as names in prompts are told apart; none where there is no such label.
  package func places(of name: String) -> [Int] {
    let key = nameInPrompt(name)
    return flatMap(\.labels).enumerated().filter { nameInPrompt($0.element) == key }.map(\.offset)
  }
}

extension Answer {
  /// Whether a name is that of the answer where no label fits.
  package static func isUnknown(_ name: String) -> Bool { nameInPrompt(name) == unknownText }
}

/// A user names a label that is not there.
package struct NoSuchLabel: Error, Equatable, CustomStringConvertible {
  /// What was named.
  package var name: String
  /// The label of the most similar name; nil where none is similar.
  package var nearest: String?

  /// There is no such label among those of the sets.
  package init(_ name: String, in sets: [LabelSet]) {
    self.name = name
    nearest = nearestName(to: name, of: sets.flatMap(\.labels))
  }

  /// One line for a person.
  package var description: String {
    "there is no label \(name)\(nearest.map { ": is \($0) meant?" } ?? "")"
  }
}

/// The name that is most likely meant by another one; nil where none is near.
package func nearestName(to name: String, of names: [String]) -> String? {
  let key = Array(nameInPrompt(name))
  let nearest = names.map { (name: $0, edits: edits(key, Array(nameInPrompt($0)))) }
    .min { $0.edits < $1.edits }
  guard let nearest, 2 * nearest.edits <= key.count else { return nil }
  return nearest.name
}

/// Levenshtein's distance: letters put in, left out or exchanged.
private func edits(_ a: [Character], _ b: [Character]) -> Int {
  var row = Array(0...b.count)
  for (line, letter) in a.enumerated() {
    var diagonal = row[0]
    row[0] = line + 1
    for (column, other) in b.enumerated() {
      let exchanged = diagonal + (letter == other ? 0 : 1)
      diagonal = row[column + 1]
      row[column + 1] = min(exchanged, diagonal + 1, row[column] + 1)
    }
  }
  return row[b.count]
}
