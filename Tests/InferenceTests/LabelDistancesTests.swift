import Inference
import ModelFile
import TestSupport
import Testing

@Suite("Distances to the photos of the known labels")
struct LabelDistancesTests {
  private static func fixture(_ method: Manifest.Method) -> ModelFixture {
    var fixture = ModelFixture(method, seed: 3)
    fixture.addAnswer()
    return fixture
  }

  /// The model with other values of some float tensors.
  private static func model(
    _ method: Manifest.Method, _ changed: [String: [Float]]
  ) throws -> ModelReader {
    let source = try fixture(method).reader()
    return try withTemporaryDirectory { folder in
      var writer = try ModelWriter(path: folder + "/m.mmrl")
      for entry in source.directory {
        if let values = changed[entry.name] {
          try writer.add(entry.name, .float32, shape: entry.shape, bytes: values.span.bytes)
        } else {
          try writer.copy(entry.name, of: source)
        }
      }
      try writer.finish(source.manifest)
      try writer.commit()
      return try ModelReader(path: folder + "/m.mmrl")
    }
  }

  /// Features of images, and what the engine says of their distances.
  private static func seen(
    _ model: ModelReader, _ set: InstructionSet, images: Int = 4
  ) throws -> [(feature: [Float], distance: Float?)] {
    let engine = try Engine(model, instructionSet: set, threads: 1)
    let session = engine.makeSession(maximumBatch: images)
    session.encode(EngineTests.crops(images, of: model.manifest).span)
    return (0..<images).map { image in
      let (own, representation) = session.features(of: image)
      return (own + (representation ?? []), session.distance(of: image))
    }
  }

  /// The squared distances to all means, per column, in double precision: x solves L x = feature - mean.
  private static func distances(
    of feature: [Float], _ model: ModelReader, freedom: Double
  ) throws -> [Double] {
    let factor = try model.floats("statistics.factor").map(Double.init)
    let means = try model.floats("labels.known.means").map(Double.init)
    let columns = feature.count
    return stride(from: 0, to: means.count, by: columns).map { start in
      var x = [Double](repeating: 0, count: columns)
      for row in 0..<columns {
        let first = row * (row + 1) / 2
        var rest = Double(feature[row]) - means[start + row]
        for column in 0..<row { rest -= factor[first + column] * x[column] }
        x[row] = rest / factor[first + row]
      }
      return x.reduce(0) { $0 + $1 * $1 } * freedom / Double(columns)
    }
  }

  @Test(
    "are those of plain arithmetic, the same bits on every instruction set",
    arguments: Manifest.Method.allCases)
  func plain(method: Manifest.Method) throws {
    let model = try Self.model(method, [:])
    let seen = try Self.seen(model, .scalar)
    // Photos 4 + 5 + 6, three labels, E = 32.
    for (feature, distance) in seen {
      let all = try Self.distances(of: feature, model, freedom: 15 - 3 + 32)
      let expected = try #require(all.min())
      let found = Double(try #require(distance))
      #expect(abs(found - expected) < 1e-4 * expected, "\(found), \(expected)")
    }
    #expect(Set(seen.map(\.distance)).count == seen.count, "the images are such that they differ")
    for set in InstructionSet.allCases where set.isAvailable {
      let other = try Self.seen(model, set)
      #expect(
        other.map(\.distance?.bitPattern) == seen.map(\.distance?.bitPattern), "\(set)")
    }
  }

  /// A mean that lies L z from the feature has the distance |z|² · freedom / D.
  @Test("follow from how far the means were laid from the feature")
  func laidOut() throws {
    let method = Manifest.Method.mmrlPlusPlus
    let source = try Self.model(method, [:])
    let feature = try #require(try Self.seen(source, .scalar, images: 1).first).feature
    let factor = try source.floats("statistics.factor")
    var random = SplitMix64(seed: 8)
    var means: [Float] = []
    var squares: [Double] = []
    for label in 0..<3 {
      let z = feature.indices.map { _ in Float(3 - label) * random.normal() }
      squares.append(z.reduce(0) { $0 + Double($1) * Double($1) })
      means += feature.indices.map { row in
        let first = row * (row + 1) / 2
        let moved = (0...row).reduce(Double(0)) { $0 + Double(factor[first + $1] * z[$1]) }
        return Float(Double(feature[row]) - moved)
      }
    }
    let model = try Self.model(method, ["labels.known.means": means])
    let found = try #require(try Self.seen(model, .scalar, images: 1).first?.distance)
    let nearest = try #require(squares.min())
    let expected = nearest * Double(15 - 3 + 32) / 64
    #expect(abs(Double(found) - expected) < 1e-4 * expected)
    #expect(nearest == squares[2])
    // At a mean there is none.
    let at = try Self.model(
      method, ["labels.known.means": means[..<128] + feature])
    let none = try #require(try Self.seen(at, .scalar, images: 1).first?.distance)
    #expect(none < 1e-6)
  }

  @Test("there are none without photos")
  func none() throws {
    let model = try ModelFixture(.mmrlPlusPlus).reader()
    #expect(try Self.seen(model, .scalar).allSatisfy { $0.distance == nil })
  }

  @Test("A factor that is none is refused")
  func wrongFactor() throws {
    let factor = try Self.fixture(.mmrl).reader().floats("statistics.factor")
    for (value, error) in [
      (
        0,
        ModelFileError.invalidManifest(
          "statistics.factor is not a factor: row 2 ends with no number above 0")
      ),
      (
        -1,
        .invalidManifest(
          "statistics.factor is not a factor: row 2 ends with no number above 0")
      ),
      (.nan, .notFinite("statistics.factor")), (.infinity, .notFinite("statistics.factor")),
    ] as [(Float, ModelFileError)] {
      var wrong = factor
      wrong[5] = value
      let model = try Self.model(.mmrl, ["statistics.factor": wrong])
      #expect(throws: InferenceError.model(error)) { try Engine(model) }
    }
    for name in ["labels.known.means", "words.scale"] {
      var wrong = try Self.fixture(.mmrl).reader().floats(name)
      wrong[1] = .nan
      let model = try Self.model(.mmrl, [name: wrong])
      #expect(throws: InferenceError.model(.notFinite(name))) { try Engine(model) }
    }
  }

  /// Nothing is divided by zero, and no image is nearest to a mean that is no number.
  @Test("A factor of which hardly anything is left makes every image infinitely far")
  func tinyFactor() throws {
    let factor = try Self.fixture(.mmrl).reader().floats("statistics.factor")
    let model = try Self.model(.mmrl, ["statistics.factor": factor.map { $0 * 1e-37 }])
    #expect(try Self.seen(model, .scalar).allSatisfy { $0.distance == .infinity })
  }
}
