import Basics

/// The program's version, kept in the models it makes.
enum Version {
  static let text = "mmrl-convert \(Release.version)"
  /// What servers are told.
  static let userAgent = "mmrl-convert/\(Release.version)"
}
