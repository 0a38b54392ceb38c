package import Basics

extension Folder {
  /// What lies in a folder by name, in the order of the names as text; hidden names are left out.
  ///
  /// The order decides which shots a seed draws. It is that of the names' bytes but for letters that are stored in parts (a
  /// letter and its accent), which compare as the whole letter.
  ///
  /// - Throws: what the system says when the folder cannot be listed.
  package static func named(
    in path: String
  ) throws(SystemError) -> [(name: String, path: String, isFolder: Bool)] {
    let prefix = path.hasSuffix("/") ? path : path + "/"
    return try entries(of: PathName(path)).map {
      (
        name: $0.path.name, path: prefix + $0.path.name,
        isFolder: $0.kind == .folder || $0.kind == .linkToFolder
      )
    }.sorted { $0.name < $1.name }
  }
}
