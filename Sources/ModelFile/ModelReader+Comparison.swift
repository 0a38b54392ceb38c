extension ModelReader {
  /// Whether another file has the same tensors by their checksums, as far as their names are meant.
  package func hasTensors(
    of other: ModelReader, where isMeant: (_ name: String) -> Bool = { _ in true }
  ) -> Bool {
    func checksums(_ model: ModelReader) -> [String: String] {
      let meant = model.directory.filter { isMeant($0.name) }
      return Dictionary(meant.map { ($0.name, $0.checksum) }) { first, _ in first }
    }
    return checksums(self) == checksums(other)
  }
}
