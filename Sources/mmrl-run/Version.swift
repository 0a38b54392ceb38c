/// The program's version.
enum Version {
  static let text = "mmrl-run 0.1"
}
