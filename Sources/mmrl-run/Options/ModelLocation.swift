import Glibc

/// Finds the model when none is named.
enum ModelLocation {
  /// The name of the model that comes with the program.
  private static let defaultName = "default.mmrl"

  /// `--model`, then `$MMRL_MODEL`, then `models/` at or above the executable's folder, then
  /// `<prefix>/share/mmrl`.
  static func find(named path: String?) throws(NotFound) -> String {
    if let path { return path }
    if let variable = unsafe getenv("MMRL_MODEL") {
      let path = unsafe String(cString: variable)
      if !path.isEmpty { return path }
    }
    let candidates = executableFolder.map(candidates(from:)) ?? []
    for candidate in candidates where unsafe access(candidate, F_OK) == 0 { return candidate }
    throw NotFound(candidates: candidates)
  }

  /// No model is named and none lies where one is looked for.
  struct NotFound: Error, CustomStringConvertible {
    var candidates: [String]

    var description: String {
      """
      no model: name one with --model FILE.mmrl or $MMRL_MODEL, or make one with mmrl-convert \
      (looked for \(candidates.joined(separator: ", ")))
      """
    }
  }

  private static func candidates(from folder: String) -> [String] {
    var above: [String] = []
    var current = folder
    while true {
      above.append("\(current == "/" ? "" : current)/models/\(defaultName)")
      guard current != "/", let slash = current.lastIndex(of: "/") else { break }
      current = slash == current.startIndex ? "/" : String(current[..<slash])
    }
    let prefix = folder.split(separator: "/").dropLast().joined(separator: "/")
    return above + ["/\(prefix)/share/mmrl/\(defaultName)"]
  }

  private static var executableFolder: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { return nil }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) }
  }
}
