internal import Archives
internal import Basics
internal import Imaging

/// The images at some places, one by one: files themselves, those of folders in natural order, those of tar archives in theirs.
///
/// Hidden names are skipped. Folders within a folder count if the search is recursive; links to folders do not, so
/// that there are no circles. Links to nothing stay, so that they are reported. Few names are held at a time, see ``SortedFolder``.
struct ImageWalk: Sendable {
  /// An image, and how it is called where it was looked for.
  struct Found: Sendable {
    var entry: ImageEntry
    /// Its path below the folder that was named, or behind the archive's name; that of a file that was named is the whole of it.
    var relative: ArraySlice<UInt8>
    /// Whether it is no image but a folder or archive that could not be looked through.
    var isOfPlace = false
  }

  private let search: ImageSearch
  /// The next one last.
  private var places: [PathName]
  /// The folder that is looked through, below those that it lies in.
  private var folders: [SortedFolder] = []
  /// The archive that is looked through.
  private var archive: (path: PathName, reader: TarReader)?
  /// Bytes of what was named that are not of the paths relative to it.
  private var prefix = 0
  /// Files that may be images, so far.
  private(set) var leftOut = UnclearFiles()

  init(_ places: [PathName], _ search: ImageSearch) {
    self.places = places.reversed()
    self.search = search
  }

  /// The next image, or place that could not be looked through; nil at the end.
  mutating func next() -> Found? {
    while true {
      if archive != nil {
        if let found = nextMember() { return found }
      } else if !folders.isEmpty {
        if let found = nextOfFolder() { return found }
      } else {
        guard let place = places.popLast() else { return nil }
        if Folder.isFolder(place) {
          prefix = place.appending([]).bytes.count
          folders = [SortedFolder(place)]
        } else if Self.isArchive(place) {
          prefix = place.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
          archive = (place, TarReader(place))
        } else {
          return Found(entry: .image(place), relative: place.bytes[...])
        }
      }
    }
  }

  /// Only what is named is taken for an archive, by its own name.
  private static func isArchive(_ place: PathName) -> Bool {
    place.name.lowercased().hasSuffix(".tar") && Folder.isFile(place)
  }

  private func found(_ entry: ImageEntry, isOfPlace: Bool = false) -> Found {
    Found(entry: entry, relative: entry.path.bytes.dropFirst(prefix), isOfPlace: isOfPlace)
  }

  // MARK: Folders

  /// What comes next of the folder that is looked through; nil where that is no image, or the folder's end.
  private mutating func nextOfFolder() -> Found? {
    let index = folders.count - 1
    do throws(SystemError) {
      guard let entry = try folders[index].next() else {
        folders.removeLast()
        return nil
      }
      return image(entry)
    } catch {
      return found(.failure(folders.removeLast().path, "\(error)"), isOfPlace: true)
    }
  }

  private mutating func image(_ entry: Folder.Entry) -> Found? {
    switch entry.kind {
    case .folder:
      if search.isRecursive { folders.append(SortedFolder(entry.path)) }
      return nil
    // Images of other kinds, too: they are reported.
    case .file where !search.followsLinks && Folder.isLink(entry.path): return nil
    case .danglingLink where !search.followsLinks: return nil
    case .file, .danglingLink:
      let kind = ImageFileKind.find(
        entry.path, lookingIntoAll: search.looksIntoAll, unclear: &leftOut)
      return kind.map { _ in found(.image(entry.path)) }
    case .linkToFolder, .special: return nil
    }
  }

  // MARK: Archives

  /// What comes next of the archive that is looked through; nil where that is no image, or the archive's end.
  private mutating func nextMember() -> Found? {
    guard let path = archive?.path else { return nil }
    do throws(TarError) {
      guard let member = try archive?.reader.next() else {
        archive = nil
        return nil
      }
      return image(member, of: path)
    } catch {
      archive = nil
      return found(.failure(path, "\(error)"), isOfPlace: true)
    }
  }

  private mutating func image(_ member: TarReader.Member, of archive: PathName) -> Found? {
    let components = member.path.split(separator: UInt8(ascii: "/"))
    let dot = UInt8(ascii: ".")
    guard components.allSatisfy({ $0.first != dot || $0.count == 1 }), !components.isEmpty else {
      return nil
    }
    let place = archive.appending(member.path)
    var kind = ImageFileKind(place)
    if kind == nil, search.looksIntoAll, case .bytes(let offset, let count) = member.content {
      let start = try? FileBytes.read(
        archive, at: offset, count: min(count, ImageFileKind.startLength))
      // What cannot be read is told of by whoever reads it.
      kind = start.map { ImageFileKind(start: $0) } ?? .decodable
    } else if kind == nil, ImageFileKind.isUnclear(place) {
      leftOut.append(place)
    }
    guard kind != nil else { return nil }
    switch member.content {
    case .bytes(let offset, let count):
      return found(.member(of: archive, path: member.path, offset: offset, count: count))
    case .missing(let what):
      return found(.failure(place, "it is \(what) in the archive: its image is not there"))
    }
  }
}
