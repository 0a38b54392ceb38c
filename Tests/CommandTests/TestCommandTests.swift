import Foundation
import ModelFile
import TestSupport
import Testing

@Suite("mmrl-run test")
struct TestCommandTests {
  /// The object that `--json` prints, as another program would read it.
  private struct Report: Decodable {
    struct Share: Decodable {
      var count: Int
      var of: Int
      var share: Double
      var low: Double
      var high: Double
    }
    struct Accuracies: Decodable {
      var all: Share?
      var known: Share?
      var novel: Share?
      var harmonic_mean: Double?
    }
    struct Images: Decodable, Equatable {
      var labels: Int
      var none: Int
      var failed: Int
    }
    struct Unknown: Decodable {
      var threshold_known: Double?
      var refused: Share?
      var refused_none: Share?
      var auroc: Double?
      var fpr95: Share?
    }
    struct Label: Decodable {
      var label: String
      var set: String
      var joint: Share
      var in_set: Share
    }
    struct Group: Decodable {
      var score: Double
      var right: Share
    }
    struct Calibration: Decodable {
      var expected_error: Double
      var deciles: [Group]
    }
    struct Confusion: Decodable {
      var truth: String?
      var answer: String?
      var count: Int
    }
    var images: Images
    var joint: Accuracies
    var in_set: Accuracies
    var openworld_auc: Double?
    var calibration: Calibration?
    var unknown: Unknown
    var labels: [Label]
    var confusions: [Confusion]

    init(_ text: String) throws {
      self = try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    }
  }

  private func test(_ album: Album, _ arguments: String...) throws -> Executable.Result {
    try Executable.mmrlRun.run(["test", album.model, album.photos] + arguments)
  }

  private func fixture() -> ModelFixture {
    var fixture = ModelFixture(.mmrlPlusPlus)
    fixture.addAnswer()
    return fixture
  }

  /// Twelve images, two or three of each label and two of none, in folders named as people do.
  private func fill(_ album: Album) throws {
    let folders = ["Known_0", "known 1", "KNOWN_2", "novel_0", "none"]
    for index in 0..<12 {
      try album.add("\(folders[index % 5])/\(index).jpg", LiveFrames.jpeg(index))
    }
  }

  @Test("What it says is what the same images' records say")
  func figures() throws {
    try Album.with(fixture()) { album in
      try fill(album)
      let result = try test(album, "--json")
      #expect(result.status == 0, "\(result.messages)")
      let report = try Report(result.output)
      #expect(report.images == Report.Images(labels: 10, none: 2, failed: 0))

      let records = try album.run("-r", "--format", "jsonl", album.photos).records
      let judged = try records.map { record in
        let folder = try #require(record.path.split(separator: "/").dropLast().last)
        let truth = folder.lowercased().replacing("_", with: " ")
        return (
          truth: truth, labels: try #require(record.labels), answer: record.answer,
          unknown: try #require(record.unknown_score)
        )
      }
      let shown = judged.filter { $0.truth != "none" }
      #expect(shown.count == 10)
      for (set, share) in [("known", report.joint.known), ("novel", report.joint.novel)] {
        let ofSet = shown.filter { $0.truth.hasPrefix(set) }
        #expect(share?.of == ofSet.count)
        #expect(share?.count == ofSet.count { $0.answer?.label == $0.truth })
      }
      for (set, share) in [("known", report.in_set.known), ("novel", report.in_set.novel)] {
        let right = shown.filter { image in
          image.truth.hasPrefix(set)
            && image.labels.first { $0.set == set }?.label == image.truth
        }
        #expect(share?.count == right.count)
      }
      #expect(report.joint.all?.count == shown.count { $0.answer?.label == $0.truth })
      #expect(report.labels.map(\.label) == ["known 0", "known 1", "known 2", "novel 0"])
      #expect(report.labels.map(\.joint.of).reduce(0, +) == 10)
      let refused = judged.filter { $0.answer == nil }
      #expect(report.unknown.refused?.count == refused.count { $0.truth != "none" })
      #expect(report.unknown.refused_none?.count == refused.count { $0.truth == "none" })
      var pairs = 0.0
      for other in judged where other.truth == "none" {
        for image in shown {
          pairs += other.unknown > image.unknown ? 1 : other.unknown == image.unknown ? 0.5 : 0
        }
      }
      #expect(abs(try #require(report.unknown.auroc) - pairs / 20) < 1e-9)
      let calibration = try #require(report.calibration)
      #expect((0...1).contains(calibration.expected_error))
      #expect(calibration.deciles.map(\.right.of) == [Int](repeating: 1, count: 10))
      let wrong = judged.count {
        $0.truth == "none" ? $0.answer != nil : $0.answer?.label != $0.truth
      }
      #expect(report.confusions.map(\.count).reduce(0, +) == wrong)
    }
  }

  @Test("--unknown off refuses nothing; a rate that the photos do not allow is an error")
  func unknown() throws {
    try Album.with(fixture()) { album in
      try fill(album)
      let report = try Report(test(album, "--json", "--unknown", "off").output)
      #expect(report.unknown.threshold_known == nil)
      #expect(report.unknown.refused?.count == 0 && report.unknown.refused_none?.count == 0)
      let strict = try test(album, "--unknown", "0.1%")
      #expect(strict.status == 2)
      #expect(strict.messages.contains("999 photos"), "\(strict.messages)")
      // With half of the photos refused, at least.
      let half = try Report(test(album, "--json", "--unknown", "50%").output)
      #expect(abs(try #require(half.unknown.threshold_known) - 11.0 / 32) < 1e-6)
    }
  }

  @Test("The text fits 80 columns, whatever the labels are called")
  func text() throws {
    var fixture = fixture()
    fixture.manifest.labelSets[0].labels[0] = String(repeating: "very ", count: 20) + "long label"
    try Album.with(fixture) { album in
      for index in 1..<12 {
        try album.add(
          "\(["known_1", "novel 0", "novel 1", "none"][index % 4])/\(index).jpg",
          LiveFrames.jpeg(index))
      }
      try album.add(
        fixture.manifest.labelSets[0].labels[0].replacing(" ", with: "_") + "/0.jpg",
        LiveFrames.jpeg(0))
      let result = try test(album)
      #expect(result.status == 0, "\(result.messages)")
      // A file gets names whole, a terminal lines that fit.
      #expect(result.output.contains(fixture.manifest.labelSets[0].labels[0]))
      for columns in [80, 45] {
        let lines = try Terminal.lines(
          .mmrlRun, ["test", album.model, album.photos], columns: UInt16(columns))
        #expect(lines.allSatisfy { $0.count <= columns }, "\(lines)")
        #expect(lines.count >= result.lines.count)
      }
      for words in [
        "9 images of 4 labels, 3 of none of them", "among all labels", "within its set",
        "harmonic mean", "OpenworldAUC", "expected calibration error", "AUROC", "answered unknown",
        "known 1", "very very",
      ] { #expect(result.output.contains(words), "\(words): \(result.output)") }
    }
  }

  @Test("A model without photos and a folder without none are tested as far as they go")
  func plainModel() throws {
    try Album.with(ModelFixture(.clip, novelLabels: 0)) { album in
      for index in 0..<3 { try album.add("known 0/\(index).jpg", LiveFrames.jpeg(index)) }
      let report = try Report(test(album, "--json").output)
      #expect(report.joint.novel == nil && report.joint.harmonic_mean == nil)
      #expect(report.openworld_auc == nil && report.unknown.auroc == nil)
      #expect(report.joint.known?.of == 3)
      let text = try test(album)
      #expect(text.output.contains("unknown is never answered"))
      #expect(!text.output.contains("harmonic"))
      #expect(try test(album, "--unknown", "5%").status == 2)
    }
  }

  @Test("The page has the figures and the worst mistakes as pictures, and needs no other file")
  func page() throws {
    var fixture = fixture()
    fixture.manifest.labelSets[0].labels[0] = "<b>&\"known\""
    try Album.with(fixture) { album in
      try fill(album)
      // All wrong, as far as the model knows.
      for index in 12..<50 { try album.add("none/\(index).jpg", LiveFrames.jpeg(index)) }
      let path = album.folder + "/report.html"
      let result = try test(album, "--ignore-others", "--unknown", "off", "--report", path)
      #expect(result.status == 0)
      #expect(result.messages.contains("left out: Known_0"))
      let page = try String(contentsOfFile: path, encoding: .utf8)
      #expect(page.hasPrefix("<!doctype html>") && page.contains("</html>"))
      #expect(page.matches(of: /data:image\/jpeg;base64,[A-Za-z0-9+\/=]+"/).count == 24)
      #expect(page.contains("<svg") && page.contains("harmonic mean"))
      #expect(!page.contains("<b>&\"") && !page.contains("src=\"http"))
      let first = try #require(page.firstMatch(of: /base64,([A-Za-z0-9+\/=]+)"/))
      let jpeg = try #require(Data(base64Encoded: String(first.1)))
      #expect(jpeg.starts(with: [0xFF, 0xD8]))
      let left = try FileManager.default.contentsOfDirectory(atPath: album.folder)
      #expect(Set(left) == ["model.mmrl", "photos", "report.html"])
      let nowhere = try test(album, "--ignore-others", "--report", album.folder + "/none/x.html")
      #expect(nowhere.status == 2 && nowhere.output.isEmpty)
    }
  }

  @Test("Images that cannot be read are named, and status 1; nothing at all is 2, wrong usage 64")
  func failures() throws {
    try Album.with { album in
      try album.add("known 0/0.jpg", LiveFrames.jpeg(0))
      try album.add("known 0/1.jpg", Array("no image".utf8))
      let result = try test(album, "--json")
      #expect(result.status == 1)
      #expect(result.messages.contains("known 0/1.jpg: "))
      #expect(try Report(result.output).images == Report.Images(labels: 1, none: 0, failed: 1))
      #expect(try test(album).output.contains("1 could not be read"))

      try album.add("know 1/0.jpg", LiveFrames.jpeg(1))
      let other = try test(album)
      #expect(other.status == 2 && other.output.isEmpty)
      #expect(other.messages.contains("know 1 (known 1?)"), "\(other.messages)")
      #expect(other.messages.contains("--ignore-others"))
      #expect(try test(album, "--none", "Know_1", "--json").status == 1)
    }
    try Album.with { album in
      #expect(try test(album).status == 2)
      try album.add("known 0/1.jpg", Array("no image".utf8))
      let nothing = try test(album)
      #expect(nothing.status == 2 && nothing.output.isEmpty)
      #expect(nothing.messages.contains("none of the images could be read"))
      #expect(try Executable.mmrlRun.run(["test", album.model]).status == 64)
      #expect(try test(album, "--none", "").status == 64)
      #expect(try test(album, "--unknown", "120%").status == 64)
      let model = try Executable.mmrlRun.run(["test", album.folder + "/x.mmrl", album.photos])
      #expect(model.status == 2 && model.messages.contains("x.mmrl"))
    }
  }
}
