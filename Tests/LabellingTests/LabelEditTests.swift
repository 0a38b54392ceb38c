import Foundation
import Labelling
import ModelFile
import TestSupport
import Testing
import Tokenization

@Suite struct LabelEditTests {
  /// Two sets of random features: "known 0...2" with a discriminant, "novel 0", "novel 1".
  private static func fixture() -> ModelFixture {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.hasDiscriminant = true
    return fixture
  }

  /// Edits a model, writes it and compares all that is no label's with what was there.
  private func edited(
    _ fixture: ModelFixture = fixture(), _ edit: (inout LabelEdit) throws -> Void
  ) throws -> (before: ModelReader, after: ModelReader) {
    try withTemporaryDirectory { folder in
      try fixture.write(to: folder + "/a.mmrl")
      let before = try ModelReader(path: folder + "/a.mmrl")
      var labels = LabelEdit(before)
      try edit(&labels)
      try labels.write(to: folder + "/b.mmrl")
      let after = try ModelReader(path: folder + "/b.mmrl")
      #expect(after.manifest == labels.manifest)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 2)
      for entry in before.directory where !entry.name.hasPrefix("labels.") {
        #expect(after.entry(entry.name)?.checksum == entry.checksum)
      }
      return (before, after)
    }
  }

  private func feature(_ fixture: ModelFixture, _ index: Int) -> [Float] {
    (0..<fixture.manifest.geometry.embedDim).map { $0 == index ? 1 : 0 }
  }

  private func encoded(_ names: [String]) -> EncodedLabels {
    EncodedLabels(
      labels: names, template: "a {}.",
      features: names.indices.map { feature(Self.fixture(), $0) }, contextLength: 8)
  }

  @Test func addedLabelsComeBehindTheOthers() throws {
    let (before, after) = try edited { try $0.add(encoded(["red mug", "saw"])) }
    let set = try #require(after.manifest.labelSet(.novel))
    #expect(set.labels == ["novel 0", "novel 1", "red mug", "saw"])
    #expect(set.template == "a photo of a {}.")
    var expected = try before.floats("labels.novel.features")
    expected += feature(Self.fixture(), 0)
    expected += feature(Self.fixture(), 1)
    #expect(try after.floats("labels.novel.features") == expected)
    #expect(after.manifest.labelSet(.known) == before.manifest.labelSet(.known))
  }

  @Test func aModelWithoutNovelLabelsGetsASet() throws {
    let (_, after) = try edited(ModelFixture(.clip, novelLabels: 0)) {
      try $0.add(encoded(["saw"]))
    }
    #expect(after.manifest.labelSet(.novel)?.labels == ["saw"])
    #expect(after.manifest.labelSet(.novel)?.template == "a {}.")
    #expect(try after.floats("labels.novel.features") == feature(Self.fixture(), 0))
  }

  @Test("A known label goes with its rows in every tensor of the set")
  func knownRemoved() throws {
    let (before, after) = try edited { try $0.remove(["known 1", "novel 0"]) }
    #expect(after.manifest.labelSet(.known)?.labels == ["known 0", "known 2"])
    #expect(after.manifest.labelSet(.novel)?.labels == ["novel 1"])
    for (name, kept) in [
      ("labels.known.features", [0, 2]), ("labels.known.discriminant.weight", [0, 2]),
      ("labels.known.discriminant.bias", [0, 2]), ("labels.novel.features", [1]),
    ] {
      let old = try before.floats(name)
      let size = old.count / (name.contains("known") ? 3 : 2)
      let expected = kept.flatMap { Array(old[$0 * size..<($0 + 1) * size]) }
      #expect(try after.floats(name) == expected, "\(name)")
    }
  }

  @Test func aSetWithoutLabelsIsGone() throws {
    let (_, after) = try edited { try $0.remove(["known 2", "known 0", "known 1"]) }
    #expect(after.manifest.labelSets.map(\.kind) == [.novel])
    #expect(!after.directory.contains { $0.name.hasPrefix("labels.known.") })
    let (_, empty) = try edited {
      $0.removeNovel()
      try $0.remove(["known 0", "known 1", "known 2"])
    }
    #expect(empty.manifest.labelSets.isEmpty)
  }

  @Test func novelLabelsCanBeReplaced() throws {
    let (_, after) = try edited {
      $0.removeNovel()
      try $0.add(encoded(["saw"]))
    }
    #expect(after.manifest.labelSet(.novel)?.labels == ["saw"])
    #expect(try after.floats("labels.novel.features") == feature(Self.fixture(), 0))
  }

  @Test func aLabelKeepsItsRowsUnderAnotherName() throws {
    let (before, after) = try edited {
      try $0.rename("known 1", to: "KNOWN_1")
      try $0.rename("novel 0", to: "mug")
    }
    #expect(after.manifest.labelSet(.known)?.labels == ["known 0", "KNOWN_1", "known 2"])
    #expect(after.manifest.labelSet(.novel)?.labels == ["mug", "novel 1"])
    for entry in before.directory { #expect(after.entry(entry.name)?.checksum == entry.checksum) }
  }

  @Test("What could not be told apart, or is not there, is named")
  func refused() throws {
    var edit = LabelEdit(try Self.fixture().reader())
    #expect(throws: LabelError.taken("KNOWN_0", by: "known 0")) { try edit.check(["KNOWN_0"]) }
    #expect(throws: LabelError.taken("novel 1", by: "novel 1")) {
      try edit.add(encoded(["novel 1"]))
    }
    #expect(throws: LabelError.samePrompt("a b", "A_b")) { try edit.check(["a b", "x", "A_b"]) }
    let faults: [(String, LabelNameFault)] = [
      (" ", .blank), ("\u{200B}\u{FEFF}", .blank), ("a\u{202E}b", .controlCharacter),
      ("a\nb", .severalLines), ("a\u{1B}[2Jb", .controlCharacter),
    ]
    for (name, fault) in faults {
      #expect(throws: LabelError.unusable(name, fault)) { try edit.check([name]) }
      #expect(throws: LabelError.unusable(name, fault)) { try edit.rename("novel 0", to: name) }
    }
    for name in ["unknown", "Unknown_", "none"] {
      let error = #expect(throws: LabelError.self) { try edit.check(["a", name]) }
      #expect(error.map { "\($0)".contains("choose another name") } == true)
    }
    #expect(throws: LabelError.unknown("Known 0", similar: "known 0")) {
      try edit.remove(["known 1", "Known 0"])
    }
    #expect(throws: LabelError.unknown("x", similar: nil)) { try edit.rename("x", to: "y") }
    #expect(throws: LabelError.taken("novel_1", by: "novel 1")) {
      try edit.rename("novel 0", to: "novel_1")
    }
    #expect(throws: ModelFileError.self) {
      try edit.add(
        EncodedLabels(
          labels: ["nan"], template: "{}", features: [[.nan]], contextLength: 8))
    }
    #expect(edit.manifest == Self.fixture().manifest)
  }
}
