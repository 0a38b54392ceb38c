public import Imaging

/// Something odd in a person's photos, and what was done about it.
public enum PhotoProblem: Sendable, Equatable, CustomStringConvertible {
  /// A file that looks like a photo but cannot be decoded; left out.
  case unreadable(path: String, why: String)
  /// A folder without photos; its label is left out.
  case noPhotos(folder: String)
  /// A label with a single photo: it is learnt from, and nothing is left to measure the label by.
  case singlePhoto(label: String)
  /// Folders whose names are the same label in a prompt; taken together.
  case sameLabel(label: String, folders: [String])
  /// The same photo under different labels; left out everywhere.
  case underSeveralLabels(paths: [String])
  /// A label all of whose photos are under other labels, too; the label is left out.
  case onlyCopies(label: String, photos: Int, others: [String])
  /// The same photo more than once under one label; counted once.
  case repeated(paths: [String])
  /// Files beside the folders, which belong to no label; left out.
  case withoutLabel(paths: [String])
  /// A folder inside the folder of a label; left out with all that it holds.
  case nestedFolder(path: String)
  /// Labels that are called as the parts of data sets are; learnt all the same.
  case partsOfDataSet(labels: [String])
  /// Files that may be photos, left out since their names do not tell.
  case unclear(UnclearFiles)
  /// A label with more photos than are learnt from.
  case unused(label: String, photos: Int, total: Int)

  /// Whether there was something to learn from that could not be read.
  public var isUnreadable: Bool { if case .unreadable = self { true } else { false } }

  /// Whether it says no more than that folders lie otherwise than they should.
  var isOfLayout: Bool {
    switch self {
    case .noPhotos, .nestedFolder, .withoutLabel: true
    default: false
    }
  }

  /// What is odd, where, and what was done.
  public var description: String {
    switch self {
    case .unreadable(let path, let why):
      "\(path): left out, cannot be read: \(why)"
    case .noPhotos(let folder):
      "\(folder): no photos in it, so the label is left out (JPEG and PNG are read)"
    case .singlePhoto(let label):
      "\"\(label)\" has only 1 photo: it is learnt from, but how well it is recognised cannot be measured; 5 or more serve well"
    case .sameLabel(let label, let folders):
      "\(folders.joined(separator: ", ")): the same label \"\(label)\", taken together"
    case .underSeveralLabels(let paths):
      "\(paths.joined(separator: ", ")): the same photo under different labels, left out everywhere"
    case .onlyCopies(let label, let photos, let others):
      "\"\(label)\": \(photos == 1 ? "its only photo is" : "all of its \(photos) photos are") also under "
        + others.map { "\"\($0)\"" }.joined(separator: ", ")
        + ", so the label is left out (leave each photo where it belongs)"
    case .repeated(let paths):
      "\(paths.joined(separator: ", ")): the same photo, counted once"
    case .withoutLabel(let paths):
      "\(paths.prefix(5).joined(separator: ", "))"
        + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
        + ": beside the folders of the labels, left out"
    case .nestedFolder(let path):
      "\(path): a folder inside a label's folder, left out (move its photos up)"
    case .partsOfDataSet(let labels):
      "the labels are called \(labels.joined(separator: ", ")): if those are parts of a data set, name a folder that has one "
        + "folder for each label"
    case .unclear(let files):
      "\(files)"
    case .unused(let label, let photos, let total):
      "\(photos) of \(total) photos of label \(label) were not used"
    }
  }
}
