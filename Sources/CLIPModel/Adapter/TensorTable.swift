/// A value for each trainable tensor of an adapter, by the tensor's published name.
///
/// The names are fixed once it is made: one that is not among them stops the program, so that a misspelt name cannot
/// drop a gradient.
public struct TensorTable<Value: Sendable>: Sendable {
  private var byName: [String: Value]

  /// A table of these tensors.
  package init(_ values: [String: Value]) { byName = values }

  /// The names, sorted.
  public var names: [String] { byName.keys.sorted() }

  /// The values by name.
  public var values: [String: Value] { byName }

  /// The value of a tensor, which may be changed in place.
  ///
  /// - Precondition: the table has a tensor of this name.
  public subscript(name: String) -> Value {
    get {
      guard let value = byName[name] else { preconditionFailure("no adapter tensor \(name)") }
      return value
    }
    _modify {
      guard let index = byName.index(forKey: name) else {
        preconditionFailure("no adapter tensor \(name)")
      }
      yield &byName.values[index]
    }
  }

  /// A table of the same tensors with other values.
  public func map<Other: Sendable>(_ transform: (Value) -> Other) -> TensorTable<Other> {
    TensorTable<Other>(byName.mapValues(transform))
  }
}
