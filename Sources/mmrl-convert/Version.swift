/// The program's version, kept in the models it makes.
enum Version {
  static let text = "mmrl-convert 0.1"
  /// What servers are told.
  static let userAgent = text.replacing(" ", with: "/")
}
