/// What a file of one format gives: tensors by name, in the order of the file.
struct TensorDirectory: Sendable {
  /// A readable tensor, or why it is not readable.
  enum Entry: Sendable {
    case tensor(StoredTensor)
    case unreadable(String)
  }

  let format: CheckpointFormat
  private(set) var names: [String] = []
  private(set) var entries: [String: Entry] = [:]
  let metadata: [String: String]

  init(format: CheckpointFormat, metadata: [String: String] = [:]) {
    self.format = format
    self.metadata = metadata
  }

  /// A name that occurs twice keeps its place and takes the later value, as in Python's dictionaries.
  mutating func add(_ name: String, _ entry: Entry) {
    if entries.updateValue(entry, forKey: name) == nil { names.append(name) }
  }
}
