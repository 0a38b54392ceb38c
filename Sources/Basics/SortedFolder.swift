/// What lies in a folder, in natural order, one by one; few names are held at a time, however many there are.
///
/// A folder with more names than the window is listed once for each so many of them, and the next ones in order are kept: sixteen
/// times for a million, which is little beside doing anything with a million files. A name that comes or goes meanwhile may be met
/// or not, all others are met once.
public struct SortedFolder: Sendable {
  /// The folder.
  public let path: PathName
  private let window: Int
  /// The next names, the first of them last.
  private var names: [PathName] = []
  /// The last name of the listing before.
  private var last: PathName?
  private var isComplete = false

  /// Of about 10 MB.
  public static let usualWindow = 65_536

  /// The entries of a folder; nothing is listed yet.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - window: the most names to go through before the folder is listed again; twice as many are held while it is.
  public init(_ path: PathName, window: Int = SortedFolder.usualWindow) {
    self.path = path
    self.window = window
  }

  /// The next entry, hidden names and what has gone since it was listed passed over; nil at the end.
  ///
  /// - Throws: what the system says when the folder cannot be listed; there are no more entries then.
  public mutating func next() throws(SystemError) -> Folder.Entry? {
    while true {
      guard let name = names.popLast() else {
        guard !isComplete else { return nil }
        do throws(SystemError) {
          try list()
        } catch {
          isComplete = true
          throw error
        }
        continue
      }
      if let entry = Folder.entry(name.bytes, of: path) { return entry }
    }
  }

  /// Finds the next names.
  private mutating func list() throws(SystemError) {
    var next = NextNames(window: window, after: last)
    // Begun anew where the listing breaks off.
    try PatientReading.attempt { () throws(SystemError) in
      next = NextNames(window: window, after: last)
      try Folder.forEachName(in: path) { name in
        if name.first != UInt8(ascii: ".") { next.consider(PathName(name)) }
      }
    }
    next.trim()
    isComplete = !next.isCut
    last = next.names.last
    names = next.names.reversed()
  }
}

/// The first names in natural order of those considered that come after another one.
private struct NextNames {
  let window: Int
  let after: PathName?
  /// Sorted after `trim`.
  var names: [PathName] = []
  /// Whether there were more.
  var isCut = false
  /// No name behind this one is wanted any more.
  private var limit: PathName?

  init(window: Int, after: PathName?) {
    self.window = window
    self.after = after
  }

  mutating func consider(_ name: PathName) {
    if let after, !(after < name) { return }
    if let limit, !(name < limit) {
      isCut = true
      return
    }
    names.append(name)
    if names.count >= 2 * window { trim() }
  }

  mutating func trim() {
    names.sort()
    guard names.count > window else { return }
    names.removeLast(names.count - window)
    limit = names.last
    isCut = true
  }
}
