public import Basics

/// What a file is by its name, for listing folders; what it really is, its bytes tell.
public enum ImageFileKind: Sendable, Equatable {
  /// A kind that this program decodes.
  case decodable
  /// An image of another kind: to be reported rather than passed over in silence.
  case undecodable

  private static let decodableEndings: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "jfi", "jif", "pjpeg", "pjp", "mpo", "png", "apng",
  ]
  private static let undecodableEndings: Set<String> = [
    "gif", "webp", "bmp", "dib", "tif", "tiff", "heic", "heif", "hif", "avif", "jxl", "jp2", "j2k",
    "jxr", "ppm", "pgm", "pbm", "pnm", "tga", "psd", "ico", "svg", "exr", "hdr", "qoi", "dng",
    "cr2",
    "cr3", "nef", "arw", "orf", "raf", "rw2", "pef", "srw",
  ]
  /// Of what has its own ending and is no image: text, sound, what cameras and programs write beside photos.
  private static let otherEndings: Set<String> = [
    // Texts and tables.
    "txt", "md", "rst", "csv", "tsv", "json", "jsonl", "xml", "yaml", "yml", "toml", "ini", "cfg",
    "conf", "log", "html", "htm", "css", "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt",
    "ods", "odp", "rtf", "tex", "url", "lnk", "desktop",
    // Beside photos.
    "xmp", "aae", "db", "gpx", "kml", "srt", "lrf", "info",
    // Films and sound.
    "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "mts", "3gp", "wmv", "flv", "mjpeg",
    "mjpg", "mp3", "m4a", "aac", "wav", "flac", "ogg", "opus",
    // Archives, programs and their data.
    "zip", "tar", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "py", "ipynb", "sh", "js", "c", "h",
    "cpp", "swift", "so", "exe", "npy", "npz", "pt", "pth", "bin", "ckpt", "pkl", "onnx", "h5",
    "safetensors", "sqlite", "mmrl",
  ]

  /// The kind of a file by the ending of its name; nil for what is no image by its name.
  public init?(_ path: PathName) {
    guard let ending = Self.ending(of: path) else { return nil }
    if Self.decodableEndings.contains(ending) {
      self = .decodable
    } else if Self.undecodableEndings.contains(ending) {
      self = .undecodable
    } else {
      return nil
    }
  }

  /// The kind of a file by its first bytes; nil for what is no image.
  ///
  /// - Throws: what the system says when it cannot be read.
  public init?(contentsOf path: PathName) throws(SystemError) {
    self.init(start: try FileBytes.start(of: path, count: Self.startLength))
  }

  /// So many of a file's first bytes tell its kind.
  public static let startLength = 64

  /// The kind of a file by its first bytes, as many as ``startLength`` if it has so many; nil for what is no image.
  public init?(start: [UInt8]) {
    switch ImageKind(RawSpan(_elements: start.span)) {
    case .jpeg, .png: self = .decodable
    case .other(_, isImage: true): self = .undecodable
    case .other, nil: return nil
    }
  }

  /// The kind of a file of a folder, by its name or by its contents.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - lookingIntoAll: look into it where the name does not say that it is an image. What then cannot be read counts as one that
  ///     can be decoded: whoever reads it finds out why not.
  ///   - unclear: is added the file, if the name does not tell and nobody looks into it.
  /// - Returns: nil for what is no image.
  public static func find(
    _ path: PathName, lookingIntoAll: Bool, unclear: inout UnclearFiles
  ) -> ImageFileKind? {
    if let kind = ImageFileKind(path) { return kind }
    if lookingIntoAll {
      do { return try ImageFileKind(contentsOf: path) } catch { return .decodable }
    }
    if isUnclear(path) { unclear.append(path) }
    return nil
  }

  /// Whether a name does not tell what the file is, so that it may be an image: it has no ending, or one that is not known.
  public static func isUnclear(_ path: PathName) -> Bool {
    guard let ending = ending(of: path) else { return true }
    return !otherEndings.contains(ending) && ImageFileKind(path) == nil
  }

  /// In lower case; nil where there is none.
  private static func ending(of path: PathName) -> String? {
    let name = path.name
    guard let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
    return name[name.index(after: dot)...].lowercased()
  }
}

/// Files of a folder that may be images and were left out, since their names do not tell: ``ImageFileKind/isUnclear(_:)``.
public struct UnclearFiles: Sendable, Equatable, CustomStringConvertible {
  /// The first of them, in the order in which they were found.
  public private(set) var paths: [PathName]
  /// How many there are.
  public private(set) var count: Int

  /// A folder may have a million.
  private static let mostNamed = 5

  /// These files.
  public init(_ paths: [PathName] = []) {
    self.paths = Array(paths.prefix(Self.mostNamed))
    count = paths.count
  }

  /// One file more.
  public mutating func append(_ path: PathName) {
    count += 1
    if paths.count < Self.mostNamed { paths.append(path) }
  }

  /// Those of another folder, too.
  public static func += (files: inout UnclearFiles, others: UnclearFiles) {
    files.count += others.count
    files.paths += others.paths.prefix(mostNamed - files.paths.count)
  }

  /// Those that were found since there were as many as in `earlier`, named as far as they are among the first.
  public func since(_ earlier: UnclearFiles) -> UnclearFiles {
    var rest = UnclearFiles(Array(paths.dropFirst(earlier.paths.count)))
    rest.count = count - earlier.count
    return rest
  }

  /// One line: how many, and the first of them.
  public var description: String {
    let files =
      count == 1
      ? "1 file without a known ending was left out"
      : "\(count) files without a known ending were left out"
    guard !paths.isEmpty else { return files }
    let named = paths.map(\.text).joined(separator: ", ")
    return "\(files): \(named)" + (count > paths.count ? " and \(count - paths.count) more" : "")
  }
}
