/// What a pickle can hold here.
///
/// Compound values are indices into `PickleHeap`, so that values are small, cycles cannot leak, and freeing a hostile nest a million deep does not recurse.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  /// A tuple, list or set: index into `PickleHeap.sequences`.
  case sequence(Int)
  /// Index into `PickleHeap.dictionaries`.
  case dictionary(Int)
  /// A class or function by name, as in `torch FloatStorage`. Nothing is ever looked up by it.
  case global(String)
  /// Index into `PickleHeap.storages`.
  case storage(Int)
  /// Index into `PickleHeap.tensors`.
  case tensor(Int)
  /// An object of a class: index into `PickleHeap.objects`.
  case object(Int)
  /// A value that is not kept; the text says what it was.
  case opaque(String)

  /// As much of a name as the text of an opaque value needs, since each keeps its own.
  static func shown(_ name: String) -> String {
    name.utf8.count <= 80 ? name : "\(name.prefix(80))..."
  }
}

/// A block of elements that tensors are views of.
struct PickleStorage {
  let type: ElementType
  let key: String
  let count: Int
}

/// A tensor as pickled: a view of a storage, not yet checked against it.
struct PickleTensor {
  let storage: Int
  let offset: Int
  let shape: [Int]
  let strides: [Int]
}

/// An object that was not made: the name of its class and the state that it would have had.
struct PickleObject {
  let className: String
  var state: PickleValue
}

/// The compound values of one pickle.
struct PickleHeap {
  var sequences: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [PickleStorage] = []
  var tensors: [PickleTensor] = []
  var objects: [PickleObject] = []
  /// Index into `storages` by key, since many tensors name the same one.
  var storageIndices: [String: Int] = [:]

  mutating func add(sequence: [PickleValue]) -> PickleValue {
    sequences.append(sequence)
    return .sequence(sequences.count - 1)
  }

  mutating func add(dictionary: [(key: PickleValue, value: PickleValue)]) -> PickleValue {
    dictionaries.append(dictionary)
    return .dictionary(dictionaries.count - 1)
  }

  /// The whole numbers of a tuple or list, as many as a tensor can have axes; nil when `value` is anything else.
  func integers(_ value: PickleValue) -> [Int]? {
    guard case .sequence(let index) = value, sequences[index].count <= StoredTensor.maximumAxes
    else { return nil }
    var integers: [Int] = []
    for element in sequences[index] {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }
}
