/// What is wrong with what a person gave, and what to do where that is known.
package struct ConvertError: Error, CustomStringConvertible {
  /// The message.
  package let description: String

  /// An error that says `description`.
  package init(_ description: String) { self.description = description }
}
