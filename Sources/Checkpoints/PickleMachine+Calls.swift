/// The calls that make up tensors and dictionaries; all others give opaque values.
extension PickleMachine {
  /// REDUCE: what `function(*arguments)` would be.
  mutating func call(_ function: PickleValue, arguments: PickleValue, at start: Int)
    throws(CheckpointError) -> PickleValue
  {
    guard case .global(let name) = function, case .sequence(let index) = arguments else {
      return .opaque("the result of a call")
    }
    let arguments = heap.sequences[index]
    switch name {
    case "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_tensor":
      return try rebuildTensor(arguments, at: start)
    case "torch._utils _rebuild_parameter", "torch._utils _rebuild_parameter_with_state":
      guard let tensor = arguments.first else {
        throw reader.malformed("a parameter is made of nothing", at: start)
      }
      return tensor
    case "collections OrderedDict": return try dictionary(pairs: arguments.first, at: start)
    // Its argument is the factory of missing values.
    case "collections defaultdict": return heap.add(dictionary: [])
    case "torch Size": return arguments.first ?? heap.add(sequence: [])
    default: return .opaque("the result of \(PickleValue.shown(name))")
    }
  }

  /// NEWOBJ: an object of the class, with no state yet.
  mutating func newObject(of type: PickleValue) -> PickleValue {
    guard case .global(let name) = type else { return .opaque("an object") }
    if name == "collections OrderedDict" { return heap.add(dictionary: []) }
    heap.objects.append(PickleObject(className: name, state: .none))
    return .object(heap.objects.count - 1)
  }

  /// BUILD: gives an object its state; the attributes of dictionaries (torch sets `_metadata` on them) are dropped.
  mutating func build(_ value: PickleValue, state: PickleValue) {
    if case .object(let index) = value { heap.objects[index].state = state }
  }

  /// BINPERSID: a torch storage, `("storage", class, key, location, element count[, view])`.
  mutating func persistent(_ id: PickleValue, at start: Int) throws(CheckpointError) -> PickleValue
  {
    guard case .sequence(let index) = id else {
      throw reader.malformed("a persistent id is not a tuple", at: start)
    }
    let parts = heap.sequences[index]
    guard parts.count >= 5, case .text("storage") = parts[0],
      case .global(let storageClass) = parts[1],
      case .text(let key) = parts[2], case .integer(let count) = parts[4], count >= 0
    else { throw reader.malformed("a persistent id is not that of a torch storage", at: start) }
    if parts.count > 5 {
      guard case .none = parts[5] else {
        throw .unsupported(
          path: reader.file.path,
          what: "storage “\(key)” is a view of another one, as only torch before 0.4 wrote")
      }
    }
    guard let type = ElementType(storageClass: storageClass) else {
      return .opaque("a storage of class \(PickleValue.shown(storageClass))")
    }
    if let known = heap.storageIndices[key] {
      guard heap.storages[known].type == type, heap.storages[known].count == count else {
        throw reader.malformed("storage “\(key)” is described in two ways", at: start)
      }
      return .storage(known)
    }
    heap.storages.append(PickleStorage(type: type, key: key, count: count))
    heap.storageIndices[key] = heap.storages.count - 1
    return .storage(heap.storages.count - 1)
  }

  /// `_rebuild_tensor_v2(storage, offset, shape, strides, ...)`.
  private mutating func rebuildTensor(_ arguments: [PickleValue], at start: Int)
    throws(CheckpointError) -> PickleValue
  {
    guard arguments.count >= 4, case .integer(let offset) = arguments[1],
      let shape = heap.integers(arguments[2]), let strides = heap.integers(arguments[3])
    else {
      throw reader.malformed("a tensor is made of something else than a few numbers", at: start)
    }
    switch arguments[0] {
    case .storage(let storage):
      heap.tensors.append(
        PickleTensor(storage: storage, offset: offset, shape: shape, strides: strides))
      return .tensor(heap.tensors.count - 1)
    case .opaque(let what): return .opaque("a tensor over \(what)")
    default: throw reader.malformed("a tensor is made without a storage", at: start)
    }
  }

  /// `OrderedDict([(key, value), ...])`; without an argument, empty.
  private mutating func dictionary(pairs: PickleValue?, at start: Int) throws(CheckpointError)
    -> PickleValue
  {
    var items: [(key: PickleValue, value: PickleValue)] = []
    if case .sequence(let list) = pairs {
      copies += heap.sequences[list].count
      guard copies <= Self.maximumCopies else {
        throw reader.malformed("the pickle makes too many dictionaries of one list", at: start)
      }
      for case .sequence(let pair) in heap.sequences[list] where heap.sequences[pair].count == 2 {
        items.append((heap.sequences[pair][0], heap.sequences[pair][1]))
      }
    }
    return heap.add(dictionary: items)
  }
}
