import Basics
import Checkpoints
import FoundationEssentials

/// A file with a CLIP in it, found by its path or in a folder.
struct FoundCheckpoint {
  let path: String
  let file: Checkpoint
  /// At least one.
  let clips: [CLIPLayout]
}

/// Finds the weights of a CLIP where people have them: a file; a folder of Hugging Face's, open_clip's or timm's; the folder of a
/// model in Hugging Face's cache.
enum CheckpointFinder {
  /// The names under which weights lie in a folder, in the order of preference.
  static let names = [
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json", "open_clip_model.safetensors", "open_clip_pytorch_model.bin",
  ]

  /// Finds a CLIP.
  ///
  /// - Throws: `CLIPError` for what is there instead, `CheckpointError` for weights that cannot be read.
  static func find(at path: String) throws -> FoundCheckpoint {
    guard isFolder(path) else { return try open(path) }
    let folder = try resolveCache(path)
    if let found = try find(in: folder) { return found }
    // Hugging Face's cache has its models in a folder of its own.
    for place in [folder, folder + "/hub"] {
      let inside = entries(of: place).filter { name in
        let deeper = place + "/" + name
        guard isFolder(deeper), let own = try? resolveCache(deeper) else { return false }
        return hasWeights(own)
      }
      guard inside.isEmpty else { throw CLIPError.deeper(path: place, folders: inside) }
    }
    throw CLIPError.noCheckpoint(path: path, looked: names)
  }

  /// The CLIP directly in a folder; nil when there are no weights at all.
  private static func find(in folder: String) throws -> FoundCheckpoint? {
    let all = entries(of: folder)
    let listed = names.filter { all.contains($0) }
    let variants = all.filter(isVariant).sorted { rank($0) < rank($1) }
    var refusal: CLIPError?
    for name in listed + variants {
      do {
        return try open(folder + "/" + name)
      } catch let error as CLIPError {
        // timm's image tower, say, beside open_clip's model.
        refusal = refusal ?? error
      }
    }
    var others: [FoundCheckpoint] = []
    for name in all where isOther(name) && !listed.contains(name) && !variants.contains(name) {
      do {
        others.append(try open(folder + "/" + name))
      } catch {
        if listed.isEmpty, variants.isEmpty {
          refusal = refusal ?? error as? CLIPError
        }
      }
    }
    if others.count > 1 {
      throw CLIPError.several(path: folder, files: others.map { $0.path.lastPathComponent })
    }
    if let other = others.first { return other }
    if let refusal { throw refusal }
    return nil
  }

  /// Whether a folder has a CLIP that can be read.
  private static func hasWeights(_ folder: String) -> Bool { (try? find(in: folder)) != nil }

  private static func open(_ path: String) throws -> FoundCheckpoint {
    let file = try Checkpoint(path: path)
    let others = OtherKinds(file)
    if let adapter = others.adapter { throw CLIPError.notCLIP(path: path, what: adapter) }
    let clips = CLIPLayout.all(in: file)
    guard clips.isEmpty else { return FoundCheckpoint(path: path, file: file, clips: clips) }
    if isPart(path) {
      throw CLIPError.notCLIP(
        path: path,
        what: "is one of the parts that a checkpoint was saved in: name the folder, or the index"
          + " (….index.json) beside it")
    }
    throw others.refusal
  }

  // MARK: Names

  /// `model.fp16.safetensors`, `pytorch_model.bf16.bin`, and indices of such in parts.
  private static func isVariant(_ name: String) -> Bool {
    guard !isPart(name), !names.contains(name) else { return false }
    let parts = name.split(separator: ".")
    let kinds: Set<Substring> = [
      "model", "pytorch_model", "open_clip_model", "open_clip_pytorch_model",
    ]
    return parts.count > 2 && kinds.contains(parts[0])
      && (parts.last == "safetensors" || parts.last == "bin"
        || parts.last == "json" && parts.contains("index"))
  }

  /// Which variant is nearest to the weights as they were trained.
  private static func rank(_ name: String) -> (Int, String) {
    (["fp32", "fp16", "bf16"].firstIndex { name.contains($0) } ?? 3, name)
  }

  /// Weights under any other name.
  private static func isOther(_ name: String) -> Bool {
    let notWeights = ["optimizer", "scheduler", "training_args", "rng_state", "scaler"]
    return !isPart(name)
      && [".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".th"].contains { name.hasSuffix($0) }
      && !notWeights.contains { name.hasPrefix($0) }
  }

  /// `model-00001-of-00002.safetensors`.
  private static func isPart(_ path: String) -> Bool {
    path.lastPathComponent.contains(/-[0-9]{5}-of-[0-9]{5}\./)
  }

  // MARK: Folders

  /// The snapshot of a model's folder in Hugging Face's cache, `models--ORGANISATION--NAME`; any other folder itself.
  private static func resolveCache(_ path: String) throws(CLIPError) -> String {
    let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let snapshots = folder + "/snapshots"
    guard isFolder(snapshots), isFolder(folder + "/refs") || isFolder(folder + "/blobs") else {
      return folder
    }
    var all = entries(of: snapshots).filter { isFolder(snapshots + "/" + $0) }
    if all.count > 1 {
      // Of some only the configuration was ever asked for.
      let whole = all.filter { hasWeights(snapshots + "/" + $0) }
      if !whole.isEmpty { all = whole }
    }
    if let main = try? String(contentsOfFile: folder + "/refs/main", encoding: .utf8) {
      let commit = main.filter { !$0.isWhitespace }
      if all.contains(commit) { return snapshots + "/" + commit }
    }
    guard let first = all.first else {
      throw .notCLIP(
        path: path,
        what: "is a model's folder in Hugging Face's cache without a snapshot in it:"
          + " download the model again")
    }
    guard all.count == 1 else {
      throw .several(path: path, files: all.map { "snapshots/" + $0 })
    }
    return snapshots + "/" + first
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  private static func entries(of folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }
}

extension String {
  /// What follows the last slash.
  package var lastPathComponent: String {
    split(separator: "/").last.map(String.init) ?? self
  }
}
