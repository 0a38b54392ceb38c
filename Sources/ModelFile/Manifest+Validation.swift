extension Manifest {
  // Far above every published CLIP; low enough that no product of sizes can overflow.
  static let largestSize = 1 << 16

  /// Checks every value against its range and against the others.
  ///
  /// - Throws: ``ModelFileError/invalidManifest(_:)`` that names the field.
  public func validate() throws(ModelFileError) {
    try validateGeometry()
    try validateMethod()
    try Self.check(
      preprocessing.size == geometry.imageSize, "preprocessing.size is not geometry.imageSize")
    try Self.check(
      preprocessing.mean.count == 3 && preprocessing.mean.allSatisfy(\.isFinite),
      "preprocessing.mean must be three numbers")
    try Self.check(
      preprocessing.std.count == 3 && preprocessing.std.allSatisfy { $0.isFinite && $0 > 0 },
      "preprocessing.std must be three numbers above 0")
    if let resize = preprocessing.resize {
      try Self.check(
        (preprocessing.size...Self.largestSize).contains(resize.edge),
        "preprocessing.resize.edge is \(resize.edge), must be"
          + " \(preprocessing.size)...\(Self.largestSize)")
    }
    if let region = preprocessing.region {
      let sides = Region.leastSide...1
      try Self.check(
        sides.contains(region.width) && sides.contains(region.height) && region.x >= 0
          && region.y >= 0 && region.x + region.width <= 1 + Region.tolerance
          && region.y + region.height <= 1 + Region.tolerance,
        "preprocessing.region must lie inside 0...1, its sides \(Region.leastSide) or more")
    }
    try Self.validate(epsilon: epsilon, of: "epsilon")
    try validateLabels()
    try validateAnswer()
    try validateText()
  }

  private typealias Region = Preprocessing.Region

  private func validateGeometry() throws(ModelFileError) {
    let sizes = [
      ("imageSize", geometry.imageSize), ("patchSize", geometry.patchSize),
      ("width", geometry.width), ("layers", geometry.layers), ("heads", geometry.heads),
      ("mlpWidth", geometry.mlpWidth), ("embedDim", geometry.embedDim),
      ("textWidth", geometry.textWidth),
    ]
    for (name, size) in sizes {
      try Self.check(
        (1...Self.largestSize).contains(size),
        "geometry.\(name) is \(size), must be 1...\(Self.largestSize)")
    }
    try Self.check(
      (0...Self.largestSize).contains(geometry.tokenCount),
      "geometry.tokenCount is \(geometry.tokenCount), must be 0...\(Self.largestSize)")
    try Self.check(
      geometry.patchSize <= geometry.imageSize, "geometry.patchSize is above geometry.imageSize")
    try Self.check(
      geometry.width.isMultiple(of: geometry.heads),
      "geometry.width \(geometry.width) does not divide into \(geometry.heads) heads")
  }

  private func validateMethod() throws(ModelFileError) {
    try Self.check((0...1).contains(alpha), "alpha is \(alpha), must be 0...1")
    try Self.check((0...1).contains(beta), "beta is \(beta), must be 0...1")
    let layers = representationLayers
    if method == .clip {
      try Self.check(
        layers.isEmpty && geometry.tokenCount == 0,
        "representationLayers and geometry.tokenCount must be empty and 0 for method clip")
      return
    }
    try Self.check(
      geometry.tokenCount > 0 && !layers.isEmpty,
      "representationLayers and geometry.tokenCount must not be empty and 0 for method "
        + method.rawValue)
    try Self.check(
      zip(layers, layers.dropFirst()).allSatisfy { $0 < $1 }
        && layers.allSatisfy { (1...geometry.layers).contains($0) },
      "representationLayers must ascend within 1...\(geometry.layers)")
  }

  private func validateLabels() throws(ModelFileError) {
    try Self.check(
      Set(labelSets.map(\.kind)).count == labelSets.count, "two labelSets of the same kind")
    for set in labelSets {
      try Self.check(!set.labels.isEmpty, "the \(set.kind.rawValue) label set is empty")
      var seen: Set<String> = []
      for label in set.labels {
        try Self.check(!label.isEmpty, "an empty label in the \(set.kind.rawValue) set")
        try Self.check(
          seen.insert(label).inserted,
          "the label \"\(label)\" is twice in the \(set.kind.rawValue) set")
      }
    }
  }

  static func validate(epsilon: Float?, of name: String) throws(ModelFileError) {
    guard let epsilon else { return }
    try check(epsilon > 0 && epsilon < 1, "\(name) is \(epsilon), must be above 0 and below 1")
  }

  static func check(
    _ holds: Bool, _ message: @autoclosure () -> String
  ) throws(ModelFileError) {
    guard holds else { throw .invalidManifest(message()) }
  }
}
