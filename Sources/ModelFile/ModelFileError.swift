import Basics

/// What can be wrong with a model file.
public enum ModelFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A system call failed; `code` is its `errno`.
  case system(call: String, path: String, code: Int32)
  /// It is a pipe or a device.
  case notAFile
  /// The file does not begin with the format's magic bytes.
  case notAModel
  /// The file is of a version that this reader does not know.
  case unsupportedVersion(found: UInt32, supported: UInt32)
  /// The file ends early.
  case truncated(needed: UInt64, available: UInt64)
  /// Bytes do not match their checksum, or a length contradicts another.
  case corrupt(String)
  /// Unpacked, the file would need more memory than the reader was told to allow.
  case tooLarge(needed: UInt64, limit: UInt64)
  /// The manifest is not the JSON that the format asks for.
  case invalidManifest(String)
  /// A tensor that the manifest's geometry asks for is not there.
  case missingTensor(String)
  /// A tensor has another type or shape than the manifest's geometry asks for.
  case wrongTensor(name: String, expected: String, found: String)
  /// A float tensor holds a value that is not a finite number.
  case notFinite(String)

  /// The description with the file's name before it.
  public func description(of path: String) -> String {
    // What the system says names the file itself.
    if case .system = self { description } else { "\(path): \(description)" }
  }

  /// One line for a person: what is wrong, and what to do where that is known.
  public var description: String {
    switch self {
    case .system(let call, let path, let code):
      "\(path): \(call): \(SystemError(code: code))"
    case .notAFile:
      "neither a file nor a link to one (a model is not read in one go: copy it to a file)"
    case .notAModel:
      "not an .mmrl model file (make one with mmrl-convert)"
    case .unsupportedVersion(let found, let supported):
      "model file of version \(found), this program reads versions up to \(supported) "
        + "(convert the checkpoint again, or update this program)"
    case .truncated(let needed, let available):
      "model file truncated: \(needed) bytes needed, \(available) there (copy it again)"
    case .corrupt(let what):
      "model file damaged: \(what) (copy it again)"
    case .tooLarge(let needed, let limit):
      "model file would unpack to \(needed) bytes, more than the \(limit) that are allowed for its length"
    case .invalidManifest(let what):
      "model file with an invalid manifest: \(what)"
    case .missingTensor(let name):
      "model file without the tensor \(name), which its manifest asks for"
    case .wrongTensor(let name, let expected, let found):
      "model file whose tensor \(name) is \(found), where its manifest asks for \(expected)"
    case .notFinite(let name):
      "model whose tensor \(name) holds values that are not finite numbers "
        + "(is the checkpoint or the adapter in order?)"
    }
  }
}
