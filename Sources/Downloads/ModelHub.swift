import Basics
import FoundationEssentials
internal import Glibc

/// A server with models as Hugging Face's hub has them.
struct ModelHub {
  /// Without a slash at its end.
  let endpoint: String
  let agent: String

  /// The server that `$HF_ENDPOINT` names, else huggingface.co.
  ///
  /// - Throws: `DownloadError.endpoint`.
  init(agent: String) throws(DownloadError) {
    let named = unsafe getenv("HF_ENDPOINT").map { unsafe String(cString: $0) } ?? ""
    var endpoint = named.isEmpty ? "https://huggingface.co" : named
    guard ["https://", "http://"].contains(where: { endpoint.hasPrefix($0) && endpoint != $0 })
    else { throw .endpoint(endpoint) }
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    self.endpoint = endpoint
    self.agent = agent
  }

  /// Where a file of a model's is.
  func transfer(_ file: RemoteFile, of model: String, at commit: String) -> Transfer {
    Transfer(url: "\(endpoint)/\(model)/resolve/\(commit)/\(file.name)", agent: agent)
  }

  /// What the hub says of a model.
  private struct Listing: Decodable {
    struct File: Decodable {
      struct Large: Decodable {
        let sha256: String?
        let size: Int?
      }
      let rfilename: String
      let size: Int?
      let lfs: Large?
    }
    let sha: String
    let siblings: [File]
  }

  /// The files of a model's newest state that a CLIP is read from, the weights last.
  ///
  /// - Parameters:
  ///   - model: `owner/model`.
  ///   - weights: names of files of weights, the best first.
  /// - Returns: the commit, and the files.
  /// - Throws: `DownloadError`.
  func newest(of model: String, weights: [String]) throws(DownloadError)
    -> PublishedCheckpoint.Revision
  {
    let url = "\(endpoint)/api/models/\(model)/revision/main?blobs=true"
    let bytes = try Transfer(url: url, agent: agent).bytes(limit: 16 << 20)
    let listing: Listing
    do {
      listing = try JSONDecoder().decode(Listing.self, from: Data(bytes))
    } catch {
      throw .listing(url: url, what: "not a model's description: \(DecodingError.reason(error))")
    }
    guard listing.sha.count == 40, listing.sha.allSatisfy(\.isHexDigit) else {
      throw .listing(url: url, what: "its commit is “\(listing.sha)”")
    }
    let files = listing.siblings.map {
      RemoteFile(name: $0.rfilename, size: $0.lfs?.size ?? $0.size, sha256: $0.lfs?.sha256)
    }
    let chosen = Self.weights(among: files, names: weights)
    guard !chosen.isEmpty else { throw .noWeights(url: url, looked: weights) }
    if let unstated = chosen.first(where: { $0.sha256 == nil && !$0.name.hasSuffix(".json") }) {
      throw .listing(url: url, what: "no checksum of \(unstated.name)")
    }
    let beside = files.filter { Self.beside.contains($0.name) }
    return PublishedCheckpoint.Revision(commit: listing.sha, files: beside + chosen)
  }

  /// What lies beside weights.
  private static let beside: Set<String> = [
    "config.json", "open_clip_config.json", "preprocessor_config.json", "processor_config.json",
    "merges.txt", "vocab.json", "tokenizer.json", "tokenizer_config.json",
    "special_tokens_map.json",
  ]

  /// The best weights: one file; or parts, and the index of them at last.
  private static func weights(among files: [RemoteFile], names: [String]) -> [RemoteFile] {
    for name in names {
      guard let file = files.first(where: { $0.name == name }) else { continue }
      guard let stem = name.firstRange(of: ".").map({ name[..<$0.lowerBound] }),
        name.hasSuffix(".index.json")
      else { return [file] }
      let parts = files.filter {
        $0.name.hasPrefix(stem + "-") && $0.name.contains("-of-") && !$0.name.contains("/")
      }
      if !parts.isEmpty { return parts + [file] }
    }
    return []
  }
}
