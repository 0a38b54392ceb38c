/// Where the tensors of a pickle are found: dictionaries and TorchScript modules, by path.
extension PickleHeap {
  /// A value under a name, as in `state_dict.visual.proj`.
  struct Named {
    let name: String
    let value: PickleValue
  }

  /// Nests deeper than this are no checkpoint; TorchScript modules of CLIP are 6 deep.
  static let maximumDepth = 64
  /// A shared dictionary is walked at every place where it appears, so the walk needs a bound of its own: a million values
  /// of usual names, fewer of longer ones.
  static let maximumWork = 100_000_000

  /// All tensors below `root`, in the order of the file, and the values in whose place a tensor might have been.
  ///
  /// Keys that are neither text nor whole numbers are passed over (optimizers use tensors as keys), and so are
  /// objects of any class but TorchScript's.
  func namedTensors(below root: PickleValue, path: String) throws(CheckpointError) -> [Named] {
    var found: [Named] = []
    var work = 0
    try walk(root, name: "", depth: 0, path: path, work: &work, into: &found)
    return found
  }

  private func walk(
    _ value: PickleValue, name: String, depth: Int, path: String, work: inout Int,
    into found: inout [Named]
  ) throws(CheckpointError) {
    work += 80 + name.utf8.count
    guard depth <= Self.maximumDepth, work <= Self.maximumWork else {
      throw .unsupported(
        path: path, what: "its pickle is nested too deeply or too often at “\(name.prefix(80))”")
    }
    switch value {
    case .tensor, .opaque: found.append(Named(name: name, value: value))
    case .dictionary(let index):
      for (key, value) in dictionaries[index] {
        let part: String
        switch key {
        case .text(let text): part = text
        case .integer(let number): part = "\(number)"
        default: continue
        }
        try walk(
          value, name: name.isEmpty ? part : "\(name).\(part)", depth: depth + 1, path: path,
          work: &work, into: &found)
      }
    case .object(let index) where objects[index].className.hasPrefix("__torch__"):
      if case .dictionary = objects[index].state {
        try walk(
          objects[index].state, name: name, depth: depth + 1, path: path, work: &work,
          into: &found)
      }
    case .object(let index):
      found.append(
        Named(
          name: name,
          value: .opaque("an object of class \(PickleValue.shown(objects[index].className))")))
    case .none, .bool, .integer, .real, .text, .sequence, .global, .storage: break
    }
  }
}
