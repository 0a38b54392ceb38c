import Basics
import FoundationEssentials

/// The kinds of files that tensors are read from.
public enum CheckpointFormat: String, Sendable {
  case safetensors
  /// `torch.save` since torch 1.6.
  case torchZip = "torch zip"
  /// `torch.save` before torch 1.6.
  case torchLegacy = "torch legacy"
  /// `torch.jit.save`.
  case torchScript = "TorchScript"
}

/// Named tensors in one or more files, which are mapped, not loaded: only the tensors asked for are ever copied.
///
/// Nothing in a file is executed: pickles are read as data, and objects of unknown classes in them are passed over.
public struct Checkpoint: Sendable {
  /// What a checkpoint says of one tensor.
  public struct Tensor: Sendable, Equatable {
    /// The path of keys that leads to it, joined by dots.
    public let name: String
    /// The number format that it is stored in.
    public let type: ElementType
    /// Outermost axis first; empty for a single number.
    public let shape: [Int]
  }

  /// The file as it was named.
  public let path: String
  /// The format of the file, or of the files that an index names.
  public let format: CheckpointFormat
  /// The tensors, in the order of the file.
  public let tensors: [Tensor]
  /// The texts in the header of a safetensors file; empty for the other formats.
  public let metadata: [String: String]
  private let files: [MappedFile]
  private let parts: [TensorDirectory]
  private let partOfName: [String: Int]

  /// Reads the directory of a checkpoint.
  ///
  /// - Parameter path: a safetensors or torch file, or an index (`*.index.json`) of several in the same folder.
  /// - Throws: When the file cannot be opened, is of no known format, or contradicts itself.
  public init(path: String) throws(CheckpointError) {
    self.path = path
    let files =
      path.hasSuffix(".index.json") ? try Self.shards(of: path) : [path]
    var mapped: [MappedFile] = []
    var parts: [TensorDirectory] = []
    var partOfName: [String: Int] = [:]
    var tensors: [Tensor] = []
    for name in files {
      let file = try MappedFile(path: LinkText.followed(name))
      let part = try Self.read(file)
      for name in part.names {
        guard partOfName.updateValue(parts.count, forKey: name) == nil else {
          throw .unsupported(
            path: file.path, what: "tensor “\(name)” is in another file of the index too")
        }
        if case .tensor(let tensor) = part.entries[name] {
          tensors.append(Tensor(name: name, type: tensor.type, shape: tensor.shape))
        }
      }
      mapped.append(file)
      parts.append(part)
    }
    guard let first = parts.first, !tensors.isEmpty else {
      let odd = parts.lazy.flatMap(\.entries).first
      var what = "holds no tensors"
      if case .unreadable(let reason) = odd?.value {
        what += odd.map { ": " + ($0.key.isEmpty ? "it" : "“\($0.key)”") + " \(reason)" } ?? ""
      }
      throw .unsupported(path: path, what: what)
    }
    format = first.format
    metadata = first.metadata
    self.files = mapped
    self.parts = parts
    self.partOfName = partOfName
    self.tensors = tensors
  }

  /// The tensor of that name, if there is one.
  public func tensor(_ name: String) -> Tensor? {
    guard case .tensor(let tensor) = entry(name) else { return nil }
    return Tensor(name: name, type: tensor.type, shape: tensor.shape)
  }

  /// The values of a tensor, row-major, converted to `Float` (exact for halves; float64 and large integers round).
  ///
  /// - Throws: When there is no such tensor, or a value of another kind has its name.
  public func floats(_ name: String) throws(CheckpointError) -> [Float] {
    try stored(name).floats()
  }

  /// Lends all bytes of the files, one after the other, in pieces: what a digest of the checkpoint is made of.
  public func forEachPiece(_ body: (RawSpan) -> Void) {
    let size = 1 << 22
    for file in files {
      for start in stride(from: 0, to: file.count, by: size) {
        let range = start..<min(start + size, file.count)
        file.withBytes(range, body)
        file.release(range)
      }
    }
  }

  private func entry(_ name: String) -> TensorDirectory.Entry? {
    partOfName[name].flatMap { parts[$0].entries[name] }
  }

  private func stored(_ name: String) throws(CheckpointError) -> StoredTensor {
    switch entry(name) {
    case .tensor(let tensor): return tensor
    case .unreadable(let what): throw .unreadable(path: path, tensor: name, what: what)
    case nil: throw .missing(path: path, tensor: name)
    }
  }

  // MARK: Files

  private static func read(_ file: MappedFile) throws(CheckpointError) -> TensorDirectory {
    var reader = ByteReader(file, 0..<file.count)
    let start = try reader.bytes(min(file.count, 512), "the start")
    func begins(_ text: String, at offset: Int = 0) -> Bool {
      start.dropFirst(offset).starts(with: text.utf8)
    }
    if begins("PK") { return try TorchFile.readZip(file) }
    if start.starts(with: TorchFile.legacyMagic) { return try TorchFile.readLegacy(file) }
    if start.count > 8, begins("{", at: 8) { return try SafetensorsFile.read(file) }
    let what =
      if start.isEmpty { "is empty" } else if begins("version https://git-lfs") {
        "is a pointer of git LFS, not the file itself (fetch it with: git lfs pull)"
      } else if begins("ustar", at: 257) {
        "is a tar file, as torch wrote before 0.1.10, which is not read"
      } else if begins("<") {
        "is a web page or XML, not a checkpoint (was the download an error page?)"
      } else if let target = LinkText.target(of: file.path) {
        "is a symbolic link that was copied as text, and \(target) is not there (copy the folder with its links)"
      } else {
        "is neither safetensors nor a file of torch.save or torch.jit.save"
      }
    throw .unsupported(path: file.path, what: what)
  }

  /// The files that an index names: plain names, in the folder of the index.
  private static func shards(of index: String) throws(CheckpointError) -> [String] {
    struct Index: Decodable {
      let weight_map: [String: String]  // The key in the file.
    }
    let file = try MappedFile(path: index)
    var reader = ByteReader(file, 0..<file.count)
    guard file.count <= SafetensorsFile.maximumHeader else {
      throw .unsupported(path: index, what: "is too large for an index")
    }
    let names: Set<String>
    do {
      let json = Data(try reader.bytes(file.count, "the index"))
      names = Set(try JSONDecoder().decode(Index.self, from: json).weight_map.values)
    } catch let error as CheckpointError {
      throw error
    } catch {
      throw .malformed(
        path: index, offset: 0, what: "is no index: \(DecodingError.reason(error))")
    }
    let folder = index.lastIndex(of: "/").map { String(index[...$0]) } ?? ""
    for name in names where name.isEmpty || name.contains("/") {
      throw .unsupported(path: index, what: "names “\(name)”, which is not a file beside it")
    }
    return names.sorted().map { folder + $0 }
  }
}
