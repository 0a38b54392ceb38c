import Foundation
import ModelFile
import TestSupport
import Testing

/// What version 2 added to the manifest, with values that cannot be.
@Suite struct AnswerValidationTests {
  private static let fixture: ModelFixture = {
    var fixture = ModelFixture(
      .mmrlPlusPlus, layers: 1, representationLayers: [1], imageSize: 16, width: 8, heads: 2,
      embedDim: 4, tokenCount: 2)
    fixture.addAnswer()
    return fixture
  }()

  private static let bytes: [UInt8] = {
    let written = try? withTemporaryDirectory { directory in
      try fixture.write(to: directory + "/m.mmrl")
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: directory + "/m.mmrl")))
    }
    return written ?? []
  }()

  /// What is said of a changed manifest; nil where nothing is wrong.
  private func complaint(_ change: (inout Manifest) -> Void) -> String? {
    var manifest = Self.fixture.manifest
    change(&manifest)
    do {
      try manifest.validate()
      return nil
    } catch { return "\(error)" }
  }

  private func expect(
    _ words: String, _ change: (inout Manifest) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let said = complaint(change)
    #expect(said?.contains(words) == true, "\(said ?? "nothing")", sourceLocation: sourceLocation)
  }

  @Test func whatIsWholeIsTaken() throws {
    #expect(complaint { _ in } == nil)
    #expect(try HostileFileTests.open(Self.bytes).manifest == Self.fixture.manifest)
    // Each part may be absent, and what needs it then.
    #expect(complaint { $0.answer = nil } == nil)
    #expect(
      complaint {
        $0.words = nil
        $0.answer?.unknown = nil
      } == nil)
    #expect(
      complaint {
        $0.statistics = nil
        $0.answer?.gate = nil
        $0.answer?.unknown?.known = nil
      } == nil)
    #expect(complaint { $0.answer?.gate?.gap = 0 } == nil)
    #expect(complaint { $0.answer?.unknown?.heldOutKnown = [0, 0.5, 0.5, 1] } == nil)
  }

  @Test func partsNeedEachOther() {
    expect("answer.gate without statistics") {
      $0.statistics = nil
      $0.answer?.unknown?.known = nil
    }
    expect("answer.unknown.known without statistics") {
      $0.statistics = nil
      $0.answer?.gate = nil
    }
    expect("answer.unknown.novel without statistics") {
      $0.statistics = nil
      $0.answer?.gate = nil
      $0.answer?.unknown?.known = nil
      $0.answer?.unknown?.novel = Manifest.Answer.Unknown.Regression(energy: 1, bias: 0)
    }
    expect("answer.unknown without words") { $0.words = nil }
    expect("words is empty") { $0.words = [] }
    expect("statistics without known labels") {
      $0.labelSets.removeFirst()
      $0.statistics?.photos = []
    }
  }

  @Test(arguments: [0, -1, Double.nan, .infinity, 1e6])
  func scalesAreAboveZero(value: Double) {
    expect("answer.knownScale must be above 0") { $0.answer?.knownScale = value }
    expect("answer.classScale must be above 0") { $0.answer?.classScale = value }
    guard value != 1e6 else { return }
    expect("statistics.variance must be above 0") { $0.statistics?.variance = value }
    expect("statistics.discriminantScale must be above 0") {
      $0.statistics?.discriminantScale = value
    }
    expect("statistics.textScale must be above 0") { $0.statistics?.textScale = value }
  }

  @Test(arguments: [1e6, -1e6, Double.nan, .infinity])
  func coefficientsAreNumbers(value: Double) {
    expect("a coefficient is not a number below 1e6") { $0.answer?.gate?.gap = value }
    expect("a coefficient is not a number below 1e6") { $0.answer?.gate?.distance = value }
    expect("a coefficient is not a number below 1e6") { $0.answer?.gate?.confidence = value }
    expect("a coefficient is not a number below 1e6") { $0.answer?.gate?.bias = value }
    expect("a coefficient is not a number below 1e6") { $0.answer?.unknown?.named.energy = value }
    expect("a coefficient is not a number below 1e6") { $0.answer?.unknown?.known?.bias = value }
    expect("a coefficient is not a number below 1e6") {
      $0.answer?.unknown?.known?.distance = value
    }
    expect("a coefficient is not a number below 1e6") {
      $0.answer?.unknown?.novel = Manifest.Answer.Unknown.Regression(energy: 1, bias: value)
    }
  }

  @Test func aBetterKnownLabelCannotSpeakForNovelOnes() {
    expect("answer.gate.gap must not be negative") { $0.answer?.gate?.gap = -0.001 }
  }

  @Test(
    arguments: [
      [0.5, 0.25], [-0.125, 0.5], [0.5, 1.125], [.nan], [0.25, .nan, 0.5],
    ] as [[Float]])
  func heldOutScoresAscend(scores: [Float]) {
    expect("must ascend within 0...1") { $0.answer?.unknown?.heldOutKnown = scores }
    expect("must ascend within 0...1") { $0.answer?.unknown?.heldOutNovel = scores }
  }

  @Test func photosAreCountedForEachLabel() {
    expect("statistics.photos has not a number for each known label") {
      $0.statistics?.photos = [4, 5]
    }
    expect("statistics.photos must be at least 1") { $0.statistics?.photos = [4, 0, 5] }
    expect("statistics.photos must be at least 1") { $0.statistics?.photos[0] = 1 << 33 }
  }

  /// The same in a file, whose checksums are right.
  @Test(arguments: [
    ("\"gap\":0.5", "\"gap\":-0.5"), ("\"photos\":[4,5,6]", "\"photos\":[4,5]"),
    ("\"photos\":[4,5,6]", "\"photos\":[4,5,6,7]"), ("\"photos\":[4,5,6]", "\"photos\":[4,5,-6]"),
    ("\"knownScale\":0.75", "\"knownScale\":0"), ("\"knownScale\":0.75", "\"knownScale\":1e999"),
    ("\"heldOutNovel\":[0.015625,", "\"heldOutNovel\":[0.75,"), ("\"word 5\"", "5"),
    ("\"word 4\",\"word 5\"", "\"word 4\""), ("\"variance\":0.001", "\"variance\":0"),
    ("\"statistics\":", "\"statistic\":"), ("\"named\":", "\"nomen\":"),
  ])
  func filesAreRefused(find: String, replace: String) throws {
    let forged = try Forgery.replaced(
      Self.bytes, part: .manifest, first: find, with: replace)
    #expect(throws: ModelFileError.self) { try HostileFileTests.open(forged) }
  }

  @Test(arguments: [
    ("labels.known.means", "[3,8]", "[8,3]"), ("statistics.factor", "[36]", "[6,6]"),
    ("words.weight", "[6,4]", "[4,6]"), ("words.scale", "[6]", "[2,3]"),
  ])
  func tensorsHaveTheShapesOfTheManifest(name: String, right: String, wrong: String) throws {
    let directory = try HostileFileTests.open(Self.bytes).directory
    let entry = try #require(directory.first { $0.name == name })
    let shape = "[" + entry.shape.map { "\($0)" }.joined(separator: ",") + "]"
    #expect(shape == right)
    let line = "\"name\":\"\(name)\",\"offset\":\(entry.offset),\"shape\":"
    let forged = try Forgery.replaced(
      Self.bytes, part: .directory, first: line + right, with: line + wrong)
    let error = #expect(throws: ModelFileError.self) { try HostileFileTests.open(forged) }
    #expect("\(try #require(error))".contains("\(name) is"))
  }
}
