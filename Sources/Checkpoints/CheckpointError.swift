import Basics

/// Why a checkpoint cannot be read or written; every case names the file.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
  /// A system call failed; `errno` is its error number.
  case system(path: String, call: String, errno: Int32)
  /// The bytes at `offset` are not what the format demands.
  case malformed(path: String, offset: Int, what: String)
  /// The file ends before all of it is there; `needed` bytes are.
  case cutShort(path: String, found: Int, needed: Int)
  /// The file is well formed, but of a kind that is not read.
  case unsupported(path: String, what: String)
  /// The file has no tensor of that name.
  case missing(path: String, tensor: String)
  /// The tensor is there, but its values cannot be given as asked.
  case unreadable(path: String, tensor: String, what: String)

  /// One line: the file, what is wrong, where.
  public var description: String {
    switch self {
    case .system(let path, let call, let number):
      "\(path): \(call): \(SystemError(code: number))"
    case .malformed(let path, let offset, let what): "\(path): \(what) (at byte \(offset))"
    case .cutShort(let path, let found, let needed):
      "\(path): cut short: \(found) of \(needed) bytes (fetch it again)"
    case .unsupported(let path, let what): "\(path): \(what)"
    case .missing(let path, let tensor): "\(path): there is no tensor “\(tensor)”"
    case .unreadable(let path, let tensor, let what): "\(path): tensor “\(tensor)”: \(what)"
    }
  }
}
