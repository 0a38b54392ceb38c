/// What a run depends on: an interrupted one is continued only where all of it is the same.
public struct RunFacts: Sendable, Equatable, Codable {
  /// Settings and sources, each with its value in words.
  public var values: [String: String]
  /// Digests of the photos, by name.
  public var photos: [String: String]

  /// Puts together what a run depends on; nothing, unless more is said.
  public init(values: [String: String] = [:], photos: [String: String] = [:]) {
    self.values = values
    self.photos = photos
  }

  /// What differs from an earlier run, for a person; nil where nothing does.
  ///
  /// Photos are compared only where all values are equal, since these decide which photos are drawn.
  public func difference(from earlier: RunFacts) -> String? {
    let changed = Set(values.keys).union(earlier.values.keys).sorted()
      .filter { values[$0] != earlier.values[$0] }
    if !changed.isEmpty {
      return changed.map {
        "\($0): \(earlier.values[$0] ?? "none") then, \(values[$0] ?? "none") now"
      }.joined(separator: "; ")
    }
    let parts = [
      ("new", photos.keys.filter { earlier.photos[$0] == nil }),
      ("gone", earlier.photos.keys.filter { photos[$0] == nil }),
      (
        "changed",
        photos.filter { ($1 != earlier.photos[$0]) && earlier.photos[$0] != nil }.keys.map(\.self)
      ),
    ].filter { !$0.1.isEmpty }.map { what, names in
      "\(names.count) \(what) (" + names.sorted().prefix(3).joined(separator: ", ")
        + (names.count > 3 ? ", ...)" : ")")
    }
    return parts.isEmpty ? nil : "photos: " + parts.joined(separator: ", ")
  }
}
