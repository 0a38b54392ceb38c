extension String {
  /// The text with `?` for what would move a terminal's cursor or turn the direction of what comes after it: names of files
  /// and labels are chosen by others.
  public var printable: String { printable(keeping: []) }

  /// The same, but for some characters.
  func printable(keeping kept: Set<Unicode.Scalar>) -> String {
    let scalars = unicodeScalars.map { $0.isHarmless || kept.contains($0) ? $0 : "?" }
    return String(String.UnicodeScalarView(scalars))
  }
}

extension Unicode.Scalar {
  /// Whether it is neither a control character nor one that overrides, embeds or isolates a direction (Unicode's UAX #9).
  fileprivate var isHarmless: Bool {
    switch value {
    case 0x202A...0x202E, 0x2066...0x2069: false
    default: properties.generalCategory != .control
    }
  }
}
