import Basics

/// The program's version.
enum Version {
  static let text = "mmrl-run \(Release.version)"
}
