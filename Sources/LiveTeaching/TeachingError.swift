internal import Basics

/// Why something about teaching cannot be done.
package struct TeachingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What kind of reason it is.
  package enum Kind: Sendable {
    /// What was asked for can never be.
    case unusable
    /// There is no such label, photo or source.
    case missing
    /// It cannot be as things are now.
    case conflict
    /// The system refused.
    case system
  }

  /// What kind of reason it is.
  package var kind: Kind
  /// One line for a person.
  package var description: String

  /// An error.
  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }

  init(_ path: PathName, _ error: SystemError) {
    self.init(.system, "\(path.text): \(error)")
  }
}
