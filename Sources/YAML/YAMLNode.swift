/// A value of a YAML file, and where it stands.
package struct YAMLNode: Sendable, Equatable {
  /// Line and column, both from 1; columns are characters.
  package struct Place: Sendable, Equatable, Comparable, CustomStringConvertible {
    /// The line.
    package var line: Int
    /// The character in it.
    package var column: Int

    /// A place.
    package init(line: Int, column: Int) {
      self.line = line
      self.column = column
    }

    /// As compilers say it.
    package var description: String { "\(line):\(column)" }

    /// Whether a place comes before another.
    package static func < (a: Place, b: Place) -> Bool {
      (a.line, a.column) < (b.line, b.column)
    }
  }

  /// What a value is.
  package enum Content: Sendable, Equatable {
    /// A word, number or text as it is written; what is meant by it is for who reads it. `isPlain` without quotes.
    case scalar(String, isPlain: Bool)
    /// Values in a row.
    case list([YAMLNode])
    /// Values by name, in the file's order; no name twice.
    case mapping([Entry])
    /// Something that is not read, of which there is a fault.
    case nothing
  }

  /// A value with its name.
  package struct Entry: Sendable, Equatable {
    /// The name.
    package var key: String
    /// Where that stands.
    package var place: Place
    /// The value.
    package var value: YAMLNode
  }

  /// What it is.
  package var content: Content
  /// Where it begins.
  package var place: Place

  /// Whether it says nothing: `key:`, `~`, `null`.
  package var isEmpty: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }
}

/// What is wrong in a file, and where.
package struct YAMLFault: Error, Sendable, Equatable {
  /// Nil for the file as a whole.
  package var place: YAMLNode.Place?
  /// One line for a person.
  package var reason: String

  /// A fault.
  package init(_ place: YAMLNode.Place?, _ reason: String) {
    self.place = place
    self.reason = reason
  }
}
