import ArgumentParser
import Basics
import CLIPModel
import Checkpoints
import Glibc
import Imaging
import ModelFile
import Tokenization

/// Outputs that would take the place of an input or of each other.
enum OutputConflict {
  /// Refuses them.
  ///
  /// - Parameters:
  ///   - outputs: files to write, with the options that name them; nil where an option is not given.
  ///   - inputs: files to read, and folders of images.
  ///   - checkpoint: a CLIP: with it are read the files that lie in its folder.
  /// - Throws: which option names a file that it may not.
  static func refuse(
    _ outputs: [(option: String, path: String?)], inputs: [String?], checkpoint: String? = nil
  ) throws(ValidationError) {
    var seen: [String: String] = [:]
    for (option, path) in outputs {
      guard let path else { continue }
      // What is not there yet can be no input.
      if let file = FileIdentity(PathName(path)),
        inputs.compactMap(\.self).contains(where: { isRead(file, at: $0) })
          || checkpoint.map({ isPart(file, path, of: $0) }) ?? false
      {
        throw ValidationError("\(option) \(path) is a file that is read: name another one.")
      }
      let place = place(of: path)
      if let other = seen.updateValue(option, forKey: place) {
        throw ValidationError("\(other) and \(option) both name \(path): name another one.")
      }
    }
  }

  /// Whether a file is an input, or one of the images of a folder that is one.
  private static func isRead(_ file: FileIdentity, at input: String) -> Bool {
    if FileIdentity(PathName(input)) == file { return true }
    return isIn(PathName(input), file, depth: 16) { name in
      // Photos, and the lists of how data sets are split.
      ImageFileKind(name) != nil || name.name.hasSuffix(".json")
    }
  }

  /// Whether a file is read with a checkpoint: its weights in parts, its vocabulary, its configuration.
  private static func isPart(_ file: FileIdentity, _ path: String, of checkpoint: String) -> Bool {
    if FileIdentity(PathName(checkpoint)) == file { return true }
    // What was written there before by this program may be written again.
    guard !isOurs(path) else { return false }
    if Folder.isFolder(PathName(checkpoint)) {
      return isIn(PathName(checkpoint), file, depth: 4) { _ in true }
    }
    let folder = checkpoint.lastIndex(of: "/").map { String(checkpoint[...$0]) } ?? "."
    return isIn(PathName(folder), file, depth: 0) { isPartByName($0.name) }
  }

  private static func isPartByName(_ name: String) -> Bool {
    let names = [
      "config.json", "open_clip_config.json", "preprocessor_config.json", "processor_config.json",
      "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    ]
    let endings = [
      ".index.json", ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".tar", ".txt.gz",
    ]
    return names.contains(name) || Tokenizer.fileNames.contains(name)
      || endings.contains(where: name.hasSuffix)
  }

  /// Whether a file lies in a folder, among those that count.
  private static func isIn(
    _ folder: PathName, _ file: FileIdentity, depth: Int, where counts: (PathName) -> Bool
  ) -> Bool {
    let entries = (try? Folder.entries(of: folder)) ?? []
    return entries.contains { entry in
      switch entry.kind {
      case .file: counts(entry.path) && FileIdentity(entry.path) == file
      case .folder: depth > 0 && isIn(entry.path, file, depth: depth - 1, where: counts)
      case .linkToFolder, .danglingLink, .special: false
      }
    }
  }

  /// Whether a file is a model, an adapter, features or a report: results, which nothing is lost by replacing.
  private static func isOurs(_ path: String) -> Bool {
    if (try? ModelReader(path: path)) != nil || (try? AdapterTensors(path: path)) != nil {
      return true
    }
    let features: Set<String> = ["image_features", "image_features_rep", "text_features"]
    if let file = try? Checkpoint(path: path) {
      return features.isSuperset(of: file.tensors.map(\.name))
    }
    let text = (try? FileBytes.read(PathName(path), limit: 1 << 28)) ?? []
    return String(decoding: text.prefix(64), as: UTF8.self).lowercased().hasPrefix(
      "<!doctype html>")
  }

  /// One text for all names of a file that is there; a name itself where there is none.
  private static func place(of path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
