package import ModelFile

extension LabelEdit {
  private static let novelFeatures = "labels.novel.features"
  private static let factor = "statistics.factor"

  /// Writes the model with its changed labels beside `path` and moves it there.
  ///
  /// - Parameter path: may be that of the model.
  /// - Throws: what reading and writing throw; then `path` is as it was.
  package func write(to path: String) throws(ModelFileError) {
    var writer = try ModelWriter(path: path)
    for entry in model.directory where entry.name != Self.factor || manifest.statistics != nil {
      if let set = model.manifest.labelSets.first(where: { Self.isOf($0.kind, entry) }) {
        try write(entry, of: set, to: &writer)
      } else {
        try writer.copy(entry.name, of: model)
      }
    }
    if model.entry(Self.novelFeatures) == nil, let rows = rows[.novel], !rows.isEmpty {
      let values = rows.flatMap(Self.feature)
      try writer.add(
        Self.novelFeatures, shape: [rows.count, manifest.geometry.embedDim], values)
    }
    try writer.finish(manifest)
    try writer.commit()
  }

  private static func isOf(_ kind: Manifest.LabelSet.Kind, _ entry: TensorEntry) -> Bool {
    entry.name.hasPrefix("labels.\(kind.rawValue).")
  }

  /// Writes what stays of a tensor of a label set, which has a row for each label, and what is added.
  private func write(
    _ entry: TensorEntry, of set: Manifest.LabelSet, to writer: inout ModelWriter
  ) throws(ModelFileError) {
    let rows = rows[set.kind] ?? []
    let isAsBefore =
      rows.count == set.labels.count && rows.enumerated().allSatisfy { $1.isRow($0) }
    guard !isAsBefore, let type = entry.dataType, entry.shape.first == set.labels.count else {
      try writer.copy(entry.name, of: model)
      return
    }
    guard !rows.isEmpty else { return }
    var old = [UInt8](repeating: 0, count: entry.length)
    var span = old.mutableSpan
    var bytes = MutableRawSpan(_elements: &span)
    var decoder = FrameDecoder()
    try model.read(entry.name, into: &bytes, with: &decoder)
    let size = entry.length / set.labels.count
    var new: [UInt8] = []
    new.reserveCapacity(rows.count * size)
    for row in rows {
      switch row {
      case .kept(let index):
        new += old[index * size..<(index + 1) * size]
      case .added(let feature):
        precondition(entry.name == Self.novelFeatures, "\(entry.name) of a label by name")
        for bits in feature.map(\.bitPattern) {
          for byte in 0..<4 { new.append(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
        }
      }
    }
    try writer.add(
      entry.name, type, shape: [rows.count] + entry.shape.dropFirst(),
      bytes: RawSpan(_elements: new.span))
  }

  private static func feature(_ row: Row) -> [Float] {
    guard case .added(let feature) = row else {
      preconditionFailure("a row of a set that the model does not have")
    }
    return feature
  }
}

extension LabelEdit.Row {
  fileprivate func isRow(_ index: Int) -> Bool {
    if case .kept(index) = self { true } else { false }
  }
}
