internal import Basics
internal import Tokenization

extension PhotoStore {
  /// Adds a label without photos.
  ///
  /// - Throws: ``TeachingError`` when it is there, or cannot be.
  package func addLabel(_ name: String) throws(TeachingError) {
    let labels = try labels()
    if let there = labels.first(where: { nameInPrompt($0.name) == nameInPrompt(name) }) {
      throw TeachingError(.conflict, "there is the label \(there.name.debugDescription) already")
    }
    var change = FolderChange("add \(name.debugDescription)")
    _ = try folder(ofNew: name, among: labels, &change)
    keep(change)
  }

  /// Removes a label with its photos.
  ///
  /// - Throws: ``TeachingError``.
  package func removeLabel(_ name: String) throws(TeachingError) {
    let label = try label(name)
    var change = FolderChange("remove \(label.name.debugDescription)")
    try putAway(label.folders, &change)
    keep(change)
  }

  /// Gives a label another name; its photos go along.
  ///
  /// - Throws: ``TeachingError``, also when another label has the name.
  package func renameLabel(_ name: String, to new: String) throws(TeachingError) {
    let label = try label(name)
    try Self.check(new)
    if let taken = try labels().first(where: { nameInPrompt($0.name) == nameInPrompt(new) }),
      taken.name != label.name
    {
      throw TeachingError(.conflict, "there is the label \(taken.name.debugDescription) already")
    }
    guard label.folders.count == 1 else {
      let names = label.folders.map(\.name).joined(separator: ", ")
      throw TeachingError(
        .conflict, "its photos lie in \(label.folders.count) folders (\(names)): put them into one")
    }
    guard new != label.name else { return }
    var change = FolderChange(
      "rename \(label.name.debugDescription) to \(new.debugDescription)")
    try change.move([(label.folders[0], folder.appending(Array(new.utf8)))])
    keep(change)
  }

  /// Removes photos of a label.
  ///
  /// - Throws: ``TeachingError``; then none is removed.
  package func removePhotos(_ names: [String], of name: String) throws(TeachingError) {
    let label = try label(name)
    var paths: [PathName] = []
    for name in Set(names).sorted() {
      paths.append(try photo(name, of: label.name).path)
    }
    guard !paths.isEmpty else { throw TeachingError(.unusable, "no photo is named") }
    var change = FolderChange(
      "delete \(Decimal.counted(paths.count, "photo")) of \(label.name.debugDescription)")
    try putAway(paths, &change)
    keep(change)
  }

  /// Adds a photo to a label, which is added if it is not there.
  ///
  /// - Parameters:
  ///   - bytes: a JPEG file.
  ///   - name: the label.
  ///   - time: as a part of the file's name.
  ///   - part: the change that it is a part of, if that is still the last one.
  /// - Returns: the change.
  /// - Throws: ``TeachingError``.
  @discardableResult
  package func add(
    _ bytes: [UInt8], to name: String, at time: String, asPartOf part: Int? = nil
  ) throws(TeachingError) -> Int {
    let labels = try labels()
    let label = labels.first { nameInPrompt($0.name) == nameInPrompt(name) }
    try checkRoom(for: bytes.count, in: label, among: labels)
    var change = FolderChange("add 1 photo of \((label?.name ?? name).debugDescription)")
    let isPart = part == changeCount && !changes.isEmpty
    if isPart { change = changes.removeLast() }
    defer { if isPart { changes.append(change) } }
    let place: PathName
    if let label {
      place = label.folders[0]
    } else {
      place = try folder(ofNew: name, among: labels, &change)
    }
    let path = Self.freePath(in: place, time, label?.photos ?? [])
    do throws(SystemError) {
      var file = try ReplacementFile(for: path.text)
      try file.append(bytes)
      try file.commit()
    } catch {
      if !isPart { try? change.undo() }
      forget([place])
      throw TeachingError(path, error)
    }
    change.written.append(path)
    if isPart {
      change.title =
        "add \(Decimal.counted(change.written.count, "photo")) of \((label?.name ?? name).debugDescription)"
      forget([place])
    } else {
      keep(change)
    }
    return changeCount
  }

  /// What ``undo()`` would undo; nil when there is nothing.
  package var lastChange: String? { changes.last?.title }

  /// Undoes the last change.
  ///
  /// - Throws: ``TeachingError`` when there is none, or something is in its way.
  package func undo() throws(TeachingError) {
    guard let change = changes.last else {
      throw TeachingError(.conflict, "there is nothing to undo")
    }
    try change.undo()
    changes.removeLast()
    changeCount += 1
    forget(change.folders)
  }

  /// Whether a label can have so many more photos.
  ///
  /// - Throws: ``TeachingError`` when a limit is reached, or the name cannot be that of a label.
  package func checkRoom(for name: String) throws(TeachingError) {
    let labels = try labels()
    let label = labels.first { nameInPrompt($0.name) == nameInPrompt(name) }
    if label == nil { try Self.check(name) }
    try checkRoom(for: 1, in: label, among: labels)
  }

  private func checkRoom(
    for bytes: Int, in label: Label?, among labels: [Label]
  ) throws(TeachingError) {
    guard label?.photos.count ?? 0 < limits.photosOfLabel else {
      throw TeachingError(
        .conflict,
        "\((label?.name ?? "").debugDescription) has \(limits.photosOfLabel) photos, which is the most: delete some"
      )
    }
    guard bytes <= limits.photoBytes else {
      throw TeachingError(.unusable, "a photo of \(bytes >> 20) MB is too large")
    }
    let all = labels.reduce(0) { $0 + $1.photos.reduce(0) { $0 + $1.bytes } }
    guard all + bytes <= limits.bytes else {
      throw TeachingError(
        .conflict,
        "the photos take \(all >> 20) MB, and \(limits.bytes >> 20) MB is the most: delete some")
    }
  }

  /// - Throws: why a name cannot be that of a label.
  private static func check(_ name: String) throws(TeachingError) {
    guard let fault = fault(inName: name) else { return }
    throw TeachingError(.unusable, "\(name.debugDescription): \(fault)")
  }

  private func folder(
    ofNew name: String, among labels: [Label], _ change: inout FolderChange
  ) throws(TeachingError) -> PathName {
    try Self.check(name)
    guard labels.count < limits.labels else {
      throw TeachingError(.conflict, "there are \(limits.labels) labels, which is the most")
    }
    let path = folder.appending(Array(name.utf8))
    do { if try Folder.make(path) { change.made.append(path) } } catch {
      throw TeachingError(path, error)
    }
    return path
  }

  private static func freePath(in folder: PathName, _ time: String, _ photos: [Photo]) -> PathName {
    let stem = time.replacing(":", with: "-")
    let names = Set(photos.map(\.name))
    var name = "\(stem).jpg"
    var count = 1
    while names.contains(name) {
      count += 1
      name = "\(stem)-\(count).jpg"
    }
    return folder.appending(Array(name.utf8))
  }

  /// Moves files or folders to where they can be brought back from.
  private func putAway(_ paths: [PathName], _ change: inout FolderChange) throws(TeachingError) {
    let kept = bin.appending(Array("\(changeCount + 1)".utf8))
    do {
      try Folder.make(bin)
      try Folder.make(kept)
    } catch { throw TeachingError(kept, error) }
    change.kept = kept
    try change.move(
      paths.enumerated().map { ($1, kept.appending(Array("\($0)".utf8))) })
  }

  private func keep(_ change: FolderChange) {
    changeCount += 1
    changes.append(change)
    forget(change.folders)
    guard changes.count > limits.changes else { return }
    if let kept = changes.removeFirst().kept { Folder.removeAll(kept) }
  }
}
