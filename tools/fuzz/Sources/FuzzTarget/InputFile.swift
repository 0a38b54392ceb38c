import Glibc

/// A file that holds the input, for readers that take a path: in memory, without a name, used again for every input.
public enum InputFile {
  private static let descriptor: CInt = {
    let template = "/dev/shm/mmrl-fuzz-\(getpid())"
    let descriptor = open(template, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { fatalError("cannot make \(template): errno \(errno)") }
    unlink(template)
    return descriptor
  }()

  /// A path of the file, which now holds these bytes.
  public static func path(of bytes: [UInt8]) -> String {
    guard ftruncate(descriptor, off_t(bytes.count)) == 0,
      bytes.withUnsafeBytes({ pwrite(descriptor, $0.baseAddress, $0.count, 0) }) == bytes.count
    else { fatalError("cannot write the input's file: errno \(errno)") }
    return "/proc/self/fd/\(descriptor)"
  }

  /// A folder in which names lead to that file; ends with a slash.
  public static let folder: String = {
    var template = Array("/tmp/mmrl-fuzz-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { fatalError("cannot make a folder: errno \(errno)") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let file = path(of: [])
    for name in linked where symlink(file, "\(folder)/\(name)") != 0 {
      fatalError("cannot link \(name): errno \(errno)")
    }
    atexit { InputFile.removeFolder() }
    return folder + "/"
  }()

  private static let linked = [
    "x.index.json", "preprocessor_config.json", "tokenizer_config.json", "tokenizer.json",
  ]

  private static func removeFolder() {
    for name in linked { unlink(folder + name) }
    rmdir(folder)
  }
}
