package import Basics
internal import Classification
internal import Glibc
internal import Imaging
internal import Tokenization

/// A folder of photos to learn from, one folder a label, and what is changed in it, which can be undone.
///
/// It stays a plain folder: what a person changes in it by hand is seen, too. Photos are written beside their place and renamed,
/// and what is removed goes into a hidden folder of it, by one renaming each, until it cannot be brought back any more. Links are
/// passed over, so that nothing outside of it is shown or learnt. Not for use from several threads at once.
package final class PhotoStore {
  /// What a folder may hold.
  package struct Limits: Sendable {
    /// Photos of a label.
    package var photosOfLabel = 200
    /// Labels.
    package var labels = 100
    /// Bytes of a photo.
    package var photoBytes = 32 << 20
    /// Bytes of all photos.
    package var bytes = 1 << 30
    /// Changes that can be undone.
    package var changes = 20

    /// The limits for daily use.
    package init() {}
  }

  /// A photo.
  package struct Photo: Sendable {
    /// Its file.
    package var path: PathName
    /// Of its file.
    package var bytes: Int
    /// Its file's name.
    package var name: String { path.name }
  }

  /// A label, and its photos by name.
  package struct Label: Sendable {
    /// The name of the first of its folders.
    package var name: String
    /// Several where they have the same prompt.
    var folders: [PathName]
    /// In natural order.
    package var photos: [Photo]
  }

  /// A folder as it was when it was listed.
  private struct Listing {
    var version: FileVersion
    var photos: [Photo]
    /// Links to files, which are passed over.
    var links: Int
  }

  /// The folder of folders.
  package let folder: PathName
  /// What it may hold.
  package let limits: Limits
  /// How often anything has changed in it, as far as that was seen.
  package private(set) var revision = 0
  /// Folders that are no labels, and why.
  package private(set) var problems: [String] = []
  /// Where removed things are, until it is too late to bring them back.
  let bin: PathName
  private let lock: Int32
  private var listings: [PathName: Listing] = [:]
  var changes: [FolderChange] = []
  var changeCount = 0

  /// Opens a folder, which is made if it is missing.
  ///
  /// What an earlier run has removed cannot be brought back any more, and goes.
  ///
  /// - Throws: ``TeachingError`` when it cannot be written, or another program teaches by it.
  package init(folder text: String, limits: Limits = Limits()) throws(TeachingError) {
    let folder = PathName(text)
    do {
      try Folder.make(folder)
      lock = try Folder.lock(folder)
    } catch {
      throw error.code == EWOULDBLOCK
        ? TeachingError(.conflict, "\(text): another program teaches by this folder")
        : TeachingError(folder, error)
    }
    self.folder = folder
    self.limits = limits
    bin = folder.appending(Array(".removed".utf8))
    Folder.removeAll(bin)
    guard unsafe access(text, W_OK | X_OK) == 0 else { throw TeachingError(folder, .last) }
  }

  deinit { close(lock) }

  /// The labels that there are now, in natural order; also those without photos.
  ///
  /// - Throws: ``TeachingError`` when the folder cannot be listed.
  package func labels() throws(TeachingError) -> [Label] {
    let entries: [Folder.Entry]
    do { entries = try Folder.entries(of: folder) } catch { throw TeachingError(folder, error) }
    var labels: [Label] = []
    var places: [String: Int] = [:]
    var listings: [PathName: Listing] = [:]
    problems = []
    for entry in entries.sorted(by: { $0.path < $1.path }) {
      guard entry.kind == .folder || entry.kind == .linkToFolder else { continue }
      let name = entry.path.name
      if entry.kind == .linkToFolder {
        problems.append(
          "\(name.debugDescription): a link, which is passed over: put the folder itself here")
        continue
      }
      if let fault = Self.fault(inName: name) {
        problems.append(
          "\(name.debugDescription): \(fault): it is passed over, give it another name")
        continue
      }
      guard let listing = listing(of: entry.path) else { continue }
      if listing.links > 0 {
        problems.append(
          "\(name.debugDescription): \(Decimal.counted(listing.links, "link")) passed over: put the photos themselves there"
        )
      }
      listings[entry.path] = listing
      if let place = places[nameInPrompt(name)] {
        labels[place].folders.append(entry.path)
        labels[place].photos += listing.photos
      } else {
        places[nameInPrompt(name)] = labels.count
        labels.append(Label(name: name, folders: [entry.path], photos: listing.photos))
      }
    }
    let isAsBefore =
      listings.count == self.listings.count
      && listings.allSatisfy { $1.version == self.listings[$0]?.version }
    if !isAsBefore { revision += 1 }
    self.listings = listings
    return labels
  }

  /// Nil for what has gone meanwhile.
  private func listing(of path: PathName) -> Listing? {
    guard let version = FileVersion(of: path) else { return nil }
    if let known = listings[path], known.version == version { return known }
    let entries: [Folder.Entry]
    do { entries = try Folder.entries(of: path) } catch {
      problems.append("\(path.text): \(error)")
      return nil
    }
    let isLink = { (entry: Folder.Entry) in entry.kind == .file && Folder.isLink(entry.path) }
    let photos = entries.sorted { $0.path < $1.path }.compactMap { entry -> Photo? in
      guard entry.kind == .file, !isLink(entry), ImageFileKind(entry.path) == .decodable,
        let bytes = FileVersion(of: entry.path)?.size
      else { return nil }
      return Photo(path: entry.path, bytes: bytes)
    }
    return Listing(version: version, photos: photos, links: entries.count(where: isLink))
  }

  /// Why a name cannot be that of a label's folder; nil where it can.
  static func fault(inName name: String) -> String? {
    if let fault = LabelNameFault(name) { return fault.description }
    if name.unicodeScalars.contains("/") { return "has a /, which no folder's name can have" }
    if name.hasPrefix(".") {
      return "begins with a dot, as hidden folders do, which are passed over"
    }
    if name.unicodeScalars.contains("\u{FFFD}") { return "is not UTF-8" }
    let count = name.utf8.count
    return count > 255 ? "has \(count) bytes, and a folder's name 255 at most" : nil
  }

  /// A label that there is.
  ///
  /// - Throws: ``TeachingError`` when there is none of this name, or one with the same prompt.
  package func label(_ name: String) throws(TeachingError) -> Label {
    guard let label = try labels().first(where: { nameInPrompt($0.name) == nameInPrompt(name) })
    else { throw TeachingError(.missing, "there is no label \(name.debugDescription)") }
    return label
  }

  /// A label's photo.
  ///
  /// - Throws: ``TeachingError`` when there is none of this name.
  package func photo(_ name: String, of label: String) throws(TeachingError) -> Photo {
    guard let photo = try self.label(label).photos.first(where: { $0.name == name }) else {
      throw TeachingError(
        .missing, "\(label.debugDescription) has no photo \(name.debugDescription)")
    }
    return photo
  }

  /// A photo's file, if it is a JPEG or PNG.
  ///
  /// - Throws: ``TeachingError``.
  package func bytes(of name: String, label: String) throws(TeachingError) -> [UInt8] {
    let photo = try photo(name, of: label)
    guard photo.bytes <= limits.photoBytes else {
      throw TeachingError(.unusable, "\(name) is too large to be shown")
    }
    // Not the pipe, or the link, that may have come in its place.
    guard Folder.isFile(photo.path), !Folder.isLink(photo.path) else {
      throw TeachingError(photo.path, SystemError(code: ENOENT))
    }
    do { return try FileBytes.read(photo.path, limit: limits.photoBytes) } catch {
      throw TeachingError(photo.path, error)
    }
  }

  /// Has folders read again that were changed just now: a file system's clock may be too coarse to show it.
  func forget(_ folders: [PathName]) {
    for folder in folders { listings[folder] = nil }
    revision += 1
  }
}
