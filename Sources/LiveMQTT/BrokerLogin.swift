package import Basics
internal import Glibc

/// Who the broker is told we are.
package struct BrokerLogin: Sendable, Equatable {
  /// The name; never empty.
  package var user: String
  /// Nil where the name is enough.
  package var password: String?

  /// Why a file gives no login; nothing of what is in it is repeated.
  package enum Fault: Error, Equatable, CustomStringConvertible {
    case unreadable(String, SystemError)
    case open(String)
    case form(String)

    /// One line for a person.
    package var description: String {
      switch self {
      case .unreadable(let path, let error): "\(path): \(error)"
      case .open(let path): "\(path): every user of this machine can read it (chmod o-r '\(path)')"
      case .form(let path):
        "\(path): has neither user:password nor two lines, the user's name and the password"
      }
    }
  }

  /// What MQTT has room for.
  private static let limit = 65535

  /// A login; nil for what MQTT cannot carry, or without a name.
  package init?(user: String, password: String?) {
    let texts = [user, password ?? ""]
    guard !user.isEmpty, texts.allSatisfy({ $0.utf8.count <= Self.limit && !$0.contains("\0") })
    else { return nil }
    self.user = user
    self.password = password
  }

  /// Reads a login from a file of `user:password`, or of two lines.
  ///
  /// - Throws: when it cannot be read, when every user of the machine can, or when it has another form.
  package init(file path: String) throws(Fault) {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.read(PathName(path), limit: 2 * Self.limit)
    } catch {
      throw .unreadable(path, error)
    }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw .unreadable(path, .last) }
    guard status.st_mode & S_IROTH == 0 else { throw .open(path) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .form(path) }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    while lines.last?.isEmpty == true { lines.removeLast() }
    let parts =
      lines.count == 1
      ? lines[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false) : lines
    guard parts.count == 2,
      let login = BrokerLogin(user: String(parts[0]), password: String(parts[1]))
    else { throw .form(path) }
    self = login
  }
}
