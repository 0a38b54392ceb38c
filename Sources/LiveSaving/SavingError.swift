internal import Basics
internal import Glibc

/// Why pictures cannot be kept in a folder.
package struct SavingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One line for a person.
  package var description: String

  init(_ description: String) { self.description = description }

  init(_ path: PathName, _ error: SystemError) {
    description =
      error.code == EWOULDBLOCK
      ? "\(path.text): another program keeps pictures or photos there"
      : "\(path.text): \(error)"
  }
}
