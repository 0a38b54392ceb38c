import FoundationEssentials

/// Symbolic links that became text: git, zip and some copies leave a small file with the link's target in it.
///
/// The snapshots of Hugging Face's cache are made of links alone.
package enum LinkText {
  /// What a file with such a text leads to; any other path itself.
  package static func followed(_ path: String) -> String {
    guard let target = target(of: path), FileManager.default.fileExists(atPath: target) else {
      return path
    }
    return target
  }

  /// The path that the text of a file is, seen from the file's folder; nil when it is no such text.
  static func target(of path: String) -> String? {
    guard let file = try? MappedFile(path: path), (4...limit).contains(file.count) else {
      return nil
    }
    var reader = ByteReader(file, 0..<file.count)
    guard let text = try? reader.text(file.count, "a link"), text.hasPrefix("../"),
      text.allSatisfy({ !$0.isNewline && $0 != "\0" })
    else { return nil }
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    return folder + text
  }

  private static let limit = 512
}
