import Basics
import CLIPModel
internal import Glibc

/// Published checkpoints in the user's cache: `owner/model` there is a folder as it is published.
public struct CheckpointCache: Sendable {
  /// The folder of all.
  public let folder: String

  /// `mmrl/checkpoints` in `$XDG_CACHE_HOME`, which is else `~/.cache`.
  ///
  /// - Throws: `DownloadError.noCache`.
  public init() throws(DownloadError) {
    func folder(_ name: String) -> String? {
      let value = unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
      // The specification of these folders says that a relative one does not count.
      return value.hasPrefix("/") ? value : nil
    }
    guard let cache = folder("XDG_CACHE_HOME") ?? folder("HOME").map({ $0 + "/.cache" }) else {
      throw .noCache
    }
    self.folder = cache + "/mmrl/checkpoints"
  }

  /// The folder of a checkpoint that was fetched; nil when it was not, or not wholly.
  ///
  /// - Parameter name: `owner/model`, or an alias of one.
  /// - Returns: its path.
  public func folder(of name: String) -> String? {
    let name = PublishedCheckpoint.named(name)?.name ?? name
    guard Self.isName(name) else { return nil }
    let place = folder + "/" + name
    let isWhole = CLIPCheckpoint.weightNames.contains { access(place + "/" + $0, F_OK) == 0 }
    return isWhole ? place : nil
  }

  private func access(_ path: String, _ mode: Int32) -> Int32 { unsafe Glibc.access(path, mode) }

  /// Whether a text has the form `owner/model`, of characters that models' names are made of.
  public static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.utf8.count <= 96 && part.first != "." && part.first != "-"
          && part.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
              UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
              UInt8(ascii: "_"):
              true
            default: false
            }
          }
      }
  }

  /// What fetching tells of.
  public enum Event {
    /// A file begins; of how many bytes, where that is known.
    case file(name: String, size: Int?)
    /// So many bytes of it are there.
    case bytes(Int, of: Int?)
    /// All of it is there, and its checksum is right, where it is known.
    case checked(name: String, isChecked: Bool)
  }

  /// Fetches a checkpoint, or what is missing of it.
  ///
  /// - Parameters:
  ///   - name: `owner/model`, or an alias of one.
  ///   - agent: the program that asks.
  ///   - report: gets what happens.
  /// - Returns: the folder.
  /// - Throws: `DownloadError`; what came of a file is kept, and gone on with.
  public func fetch(
    _ name: String, agent: String, report: (Event) -> Void
  ) throws(DownloadError) -> String {
    let known = PublishedCheckpoint.named(name)
    let model = known?.name ?? name
    guard Self.isName(model) else { throw .name(name) }
    let hub = try ModelHub(agent: agent)
    let revision =
      if let pinned = known?.pinned { pinned } else {
        try hub.newest(of: model, weights: CLIPCheckpoint.weightNames)
      }
    let place = folder + "/" + model
    do throws(SystemError) {
      try Folder.makeAll(PathName(place))
    } catch {
      throw .file(path: place, error: error)
    }
    for file in revision.files {
      report(.file(name: file.name, size: file.size))
      try Self.fetch(
        file, from: hub.transfer(file, of: model, at: revision.commit),
        to: place + "/" + file.name
      ) { report(.bytes($0, of: $1)) }
      report(.checked(name: file.name, isChecked: file.sha256 != nil))
    }
    return place
  }

  /// Fetches one file, unless it is there as it should be.
  static func fetch(
    _ file: RemoteFile, from transfer: Transfer, to path: String, progress: (Int, Int?) -> Void
  ) throws(DownloadError) {
    if let there = FileVersion(of: PathName(path)), file.size == nil || file.size == there.size,
      let expected = file.sha256, try PartialFile.sha256(of: path) == expected
    {
      return
    }
    var partial = try PartialFile(for: path)
    while true {
      let began = partial.count
      if began == 0 || began != file.size {
        try transfer.fetch(into: &partial) { progress($0, $1 ?? file.size) }
      }
      let found = try problem(with: partial, file, transfer.url)
      guard let found else { return try partial.commit() }
      try partial.empty()
      // What was gone on with may have been of another state of the file.
      guard began > 0 else { throw found }
    }
  }

  private static func problem(
    with partial: borrowing PartialFile, _ file: RemoteFile, _ url: String
  ) throws(DownloadError) -> DownloadError? {
    if let size = file.size, partial.count != size {
      return .size(url: url, expected: size, found: partial.count)
    }
    guard let expected = file.sha256 else { return nil }
    let found = try partial.sha256()
    return found == expected ? nil : .checksum(url: url, expected: expected, found: found)
  }
}
