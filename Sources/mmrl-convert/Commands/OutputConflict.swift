import ArgumentParser
import Glibc

/// Outputs that would take the place of an input or of each other.
enum OutputConflict {
  /// Refuses them.
  ///
  /// - Parameters:
  ///   - outputs: files to write, with the options that name them; nil where an option is not given.
  ///   - inputs: files to read.
  /// - Throws: which option names a file that it may not.
  static func refuse(
    _ outputs: [(option: String, path: String?)], inputs: [String?]
  ) throws(ValidationError) {
    let inputs = Set(inputs.compactMap(\.self).map(place))
    var seen: [String: String] = [:]
    for (option, path) in outputs {
      guard let path else { continue }
      let place = place(of: path)
      guard !inputs.contains(place) else {
        throw ValidationError("\(option) \(path) is a file that is read: name another one.")
      }
      if let other = seen.updateValue(option, forKey: place) {
        throw ValidationError("\(other) and \(option) both name \(path): name another one.")
      }
    }
  }

  /// One text for all names of a file that is there; a name itself where there is none.
  private static func place(of path: String) -> String {
    guard let resolved = unsafe realpath(path, nil) else { return path }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
