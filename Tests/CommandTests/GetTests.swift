import Foundation
import TestSupport
import Testing

/// `mmrl-convert get`: published models by name, from a server of our own.
@Suite(.enabled(if: ModelHub.isInstalled), .timeLimit(.minutes(10)))
struct GetTests {
  private static let commit = String(repeating: "0123456789", count: 4)
  private static let weights = "open_clip_pytorch_model.bin"

  /// A hub with one small CLIP, and a cache.
  private final class Place {
    let served: String
    let cache: String
    let folder: String
    let hub: ModelHub

    init(in folder: String, sum: String? = nil, isEncrypted: Bool = true) throws {
      self.folder = folder
      served = folder + "/served"
      cache = folder + "/cache"
      let files = "\(served)/test/tiny/resolve/\(commit)"
      let listing = "\(served)/api/models/test/tiny/revision"
      for path in [files, listing] {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      }
      let source = URL(filePath: TinyCLIP.checkpoint)
      try FileManager.default.createSymbolicLink(
        atPath: files + "/" + weights, withDestinationPath: source.path)
      let settings = source.deletingLastPathComponent().appending(path: "open_clip_config.json")
      try FileManager.default.createSymbolicLink(
        atPath: files + "/open_clip_config.json", withDestinationPath: settings.path)
      let sum = try sum ?? Place.sha256(of: source.path)
      let size = try Data(contentsOf: source).count
      let text = """
        {"sha": "\(commit)", "siblings": [{"rfilename": "README.md", "size": 3},
          {"rfilename": "\(weights)", "lfs": {"sha256": "\(sum)", "size": \(size)}},
          {"rfilename": "open_clip_config.json"}, {"rfilename": "../../evil.json"}]}
        """
      try Data(text.utf8).write(to: URL(filePath: listing + "/main"))
      hub = try ModelHub(of: served, in: folder, isEncrypted: isEncrypted)
    }

    /// The weights in the cache.
    var fetched: String { "\(cache)/mmrl/checkpoints/test/tiny/\(weights)" }

    func get(
      _ name: String = "test/tiny", by way: String = "", _ variables: [String: String] = [:]
    ) throws -> Executable.Result {
      try run(["get", name], way, variables)
    }

    func run(
      _ arguments: [String], _ way: String = "", _ variables: [String: String] = [:]
    ) throws -> Executable.Result {
      var environment = ["HF_ENDPOINT": hub.address + way, "XDG_CACHE_HOME": cache]
      environment["SSL_CERT_FILE"] = hub.certificate
      return try Executable.mmrlConvert.run(
        arguments, environment: environment.merging(variables) { _, new in new })
    }

    static func sha256(of path: String) throws -> String {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/sha256sum")
      process.arguments = [path]
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = pipe.fileHandleForReading.readDataToEndOfFile()
      return String(decoding: output.prefix(64), as: UTF8.self)
    }

    func isRight() throws -> Bool {
      try Data(contentsOf: URL(filePath: fetched))
        == Data(contentsOf: URL(filePath: TinyCLIP.checkpoint))
    }

    /// What lies in the cache, besides folders.
    func files() -> [String] {
      let all = FileManager.default.enumerator(atPath: cache)?.compactMap { $0 as? String } ?? []
      return all.filter { $0.contains(".") }.map { URL(filePath: $0).lastPathComponent }.sorted()
    }
  }

  @Test("By redirections over HTTPS, checked, found by name, not fetched twice")
  func fetches() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let first = try place.get(by: "/redirect")
      #expect(first.status == 0, "\(first.messages)")
      #expect(first.lines == ["\(place.cache)/mmrl/checkpoints/test/tiny"])
      #expect(first.messages.contains("\(Self.weights): there, its SHA-256 is right"))
      #expect(try place.isRight())
      #expect(place.files() == ["open_clip_config.json", Self.weights])

      let described = try place.run(["inspect", "test/tiny"])
      #expect(described.status == 0 && described.output.contains("CLIP"), "\(described.messages)")

      let before = try place.hub.requests().count
      #expect(try place.get().status == 0)
      let again = try place.hub.requests().dropFirst(before)
      #expect(!again.contains { $0.contains(Self.weights) }, "\(again)")
    }
  }

  @Test("Gone on with where the connection breaks off, and where an earlier run did")
  func goesOn() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let cut = try place.get(by: "/cut/7000000")
      #expect(cut.status == 0, "\(cut.messages)")
      #expect(try place.isRight())
      #expect(try place.hub.requests().contains { $0.hasSuffix("\(Self.weights) bytes=7000000-") })

      let all = try Data(contentsOf: URL(filePath: TinyCLIP.checkpoint))
      try FileManager.default.removeItem(atPath: place.fetched)
      try all.prefix(9_000_001).write(to: URL(filePath: place.fetched + ".partial"))
      #expect(try place.get().status == 0)
      #expect(try place.isRight())
      #expect(try place.hub.requests().contains { $0.hasSuffix("\(Self.weights) bytes=9000001-") })
      #expect(place.files() == ["open_clip_config.json", Self.weights])
    }
  }

  @Test(
    "Begun anew where what is there is no start of it, or the server begins at the start only",
    arguments: ["", "/whole", "/busy"])
  func beginsAnew(way: String) throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let partial = URL(filePath: place.fetched + ".partial")
      try FileManager.default.createDirectory(
        at: partial.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(repeating: 7, count: 1_000_000).write(to: partial)
      let result = try place.get(by: way)
      #expect(result.status == 0, "\(result.messages)")
      #expect(try place.isRight())
    }
  }

  @Test("A wrong sum: said, and nothing stays")
  func wrongSum() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder, sum: String(repeating: "ab", count: 32))
      let result = try place.get()
      #expect(result.status == 2)
      #expect(result.messages.contains("SHA-256 is"), "\(result.messages)")
      #expect(!FileManager.default.fileExists(atPath: place.fetched))
      let left = (try? Data(contentsOf: URL(filePath: place.fetched + ".partial")))?.count ?? 0
      #expect(left == 0)
      #expect(try place.run(["inspect", "test/tiny"]).status == 2)
    }
  }

  @Test("The sums of published files are known beforehand, by their other names, too")
  func pinned() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let files =
        "\(place.served)/openai/clip-vit-base-patch16/resolve/57c216476eefef5ab752ec549e440a49ae4ae5f3"
      try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
      try Data("{}".utf8).write(to: URL(filePath: files + "/config.json"))
      let result = try place.get("ViT-B/16")
      #expect(result.status == 2)
      #expect(result.messages.contains("licence: MIT"))
      #expect(result.messages.contains("config.json: SHA-256 is 44136fa3"), "\(result.messages)")
      let named = try place.run(["ViT-B/16", "--novel", "a.txt", "-o", folder + "/a.mmrl"])
      #expect(named.status == 2)
      #expect(named.messages.contains("mmrl-convert get ViT-B/16"), "\(named.messages)")
    }
  }

  @Test(
    "What cannot be is said",
    arguments: [
      ("test/none", "", "not there, or only with a login"), ("a/b/c", "", "owner/model"),
      ("../etc", "", "owner/model"), ("-x/y", "", "nknown option"),
      ("test/tiny", "/cut/0", "broke off"),
      ("test/tiny", "/to/127.0.0.1:1", "http"),
    ])
  func refused(name: String, way: String, what: String) throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let result = try place.get(name, by: way)
      #expect(result.status == 2 || result.status == 64)
      #expect(result.messages.contains(what), "\(result.messages)")
      #expect(place.files().isEmpty)
    }
  }

  @Test("A certificate that nobody vouches for, and an address that is none")
  func untrusted() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      let other = try Place(in: folder + "/other")
      let certificate = try #require(other.hub.certificate)
      let result = try place.get(by: "", ["SSL_CERT_FILE": certificate])
      #expect(result.status == 2)
      #expect(result.messages.contains("certificate"), "\(result.messages)")
      let address = try place.get(by: "", ["HF_ENDPOINT": "ftp://example"])
      #expect(address.status == 2 && address.messages.contains("$HF_ENDPOINT"))
      let nowhere = try place.get(by: "", ["XDG_CACHE_HOME": "", "HOME": "here"])
      #expect(nowhere.status == 2 && nowhere.messages.contains("$HOME"))
    }
  }

  @Test("By a proxy")
  func proxy() throws {
    try withTemporaryDirectory { folder in
      let place = try Place(in: folder)
      try FileManager.default.createDirectory(
        atPath: folder + "/proxy", withIntermediateDirectories: true)
      let proxy = try ModelHub(of: folder, in: folder + "/proxy", isEncrypted: false)
      let result = try place.get(by: "", ["https_proxy": proxy.address, "no_proxy": ""])
      #expect(result.status == 0, "\(result.messages)")
      #expect(try place.isRight())
      #expect(try proxy.requests().contains { $0.hasPrefix("CONNECT 127.0.0.1:") })
    }
  }

  @Test("Without a name: what is known by one")
  func lists() throws {
    let result = try Executable.mmrlConvert.run(["get"])
    #expect(result.status == 0)
    #expect(result.output.contains("openai/clip-vit-base-patch16"))
    #expect(result.lines.allSatisfy { $0.count <= 100 })
  }
}
