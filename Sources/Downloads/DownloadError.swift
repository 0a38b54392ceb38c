public import Basics

/// Why a file did not come.
public enum DownloadError: Error, Equatable, CustomStringConvertible {
  /// The name is not of the form `owner/model`.
  case name(String)
  /// `$HF_ENDPOINT` is no address of a server.
  case endpoint(String)
  /// The server said no, with a status of HTTP.
  case refused(url: String, status: Int)
  /// The certificate of the server was not accepted, in libcurl's words.
  case untrusted(url: String, what: String)
  /// The connection broke off, again and again.
  case connection(url: String, what: String)
  /// The bytes are not those that were meant.
  case checksum(url: String, expected: String, found: String)
  /// Not as many bytes as were said.
  case size(url: String, expected: Int, found: Int)
  /// What the server says of a model cannot be read.
  case listing(url: String, what: String)
  /// The model has no weights of a kind that is read.
  case noWeights(url: String, looked: [String])
  /// A file could not be written or read.
  case file(path: String, error: SystemError)
  /// Another process is fetching the same file.
  case busy(path: String)
  /// Neither `$XDG_CACHE_HOME` nor `$HOME` says where the user's cache is.
  case noCache

  /// What is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .name(let name):
      "\(name): not a model's name, which has the form owner/model, as openai/clip-vit-base-patch16"
    case .endpoint(let text): "$HF_ENDPOINT is no https:// or http:// address: \(text)"
    case .refused(let url, 401), .refused(let url, 403), .refused(let url, 404):
      "\(url): not there, or only with a login"
    case .refused(let url, let status): "\(url): the server answers with status \(status)"
    case .untrusted(let url, let what):
      "\(url): \(what) (Debian has certificates to check by in ca-certificates; $SSL_CERT_FILE"
        + " names others)"
    case .connection(let url, let what):
      "\(url): \(what) (the same command goes on from where it broke off)"
    case .checksum(let url, let expected, let found):
      "\(url): SHA-256 is \(found), not \(expected): it was removed; fetch it again, and if that"
        + " does not help, the server has another file"
    case .size(let url, let expected, let found):
      "\(url): \(found) bytes, not \(expected): it was removed; fetch it again"
    case .listing(let url, let what): "\(url): \(what)"
    case .noWeights(let url, let looked):
      "\(url): no weights among its files (looked for \(looked.joined(separator: ", ")))"
    case .file(let path, let error): "\(path): \(error)"
    case .busy(let path): "\(path): another process is fetching it"
    case .noCache: "neither $XDG_CACHE_HOME nor $HOME says where the cache is"
    }
  }
}
