import Imaging
import Testing
import Training
import mmrl_convert

/// What a person is told of a measurement, and the photos that a report shows.
@Suite struct FindingsTests {
  private static let labels = ["cup", "mug", "plate"]

  /// Ten photos of each label by the labels that they are given, with how sure that is.
  ///
  /// Photos 0 and 1 of cups are given mug: the first one surely, and by everything that has learnt.
  private func findings(
    others: @escaping (Int) -> Int? = { $0 / 10 }, groups: [Int] = Array(0..<30),
    curve: ((Int) -> Int, (Int) -> Int)? = nil, tipAdapter: ((Int) -> Int)? = nil
  ) -> Findings {
    let photos = (0..<30).map { Photo(path: "\(Self.labels[$0 / 10])/\($0).jpg", label: $0 / 10) }
    func logits(_ given: Int, by lead: Float) -> [Float] { (0..<3).map { $0 == given ? lead : 0 } }
    func candidate(_ name: String, _ given: (Int) -> Int?) -> Measurement.Candidate {
      Measurement.Candidate(
        name: name,
        outOfFold: (0..<30).map { photo in
          given(photo).map { logits($0, by: photo == 1 ? 1 : 9) }
        })
    }
    let own: (Int) -> Int? = { $0 < 2 ? 1 : others($0) }
    let measurement = Measurement(
      photos: photos, labelCount: 3, groups: groups,
      candidates: [candidate("Zero-shot CLIP") { others($0) == nil ? nil : 2 }]
        + (tipAdapter.map { given in [candidate("Tip-Adapter", given)] } ?? [])
        + ["Discriminant of the shots", "MMRL++"].map { candidate($0, own) })
    guard let curve else { return Findings(measurement, .validationPhotos, labels: Self.labels) }
    let validation = CrossValidation(
      folds: [Array(0..<15), Array(15..<30)], measurement: measurement,
      curve: CrossValidation.Curve(
        half: candidate("half", curve.0), all: candidate("all", curve.1)))
    return Findings(measurement, .crossValidation(validation), labels: Self.labels)
  }

  @Test func saysHowOftenItIsRight() {
    let findings = findings()
    #expect(
      findings.headline
        == "about 93 % of new photos of the learnt labels will get their label "
        + "(90 % interval: 82 to 98 %)")
    #expect(findings.method == "measured on 30 photos that the split keeps for validation")
    #expect(findings.warnings.isEmpty && findings.morePhotos == nil)
    #expect(findings.comparison.map(\.isExported) == [false, false, true])
    #expect(
      findings.comparison[0].remark?.hasPrefix("the model does 60 points better (") == true
    )
    #expect(findings.weakLabels.isEmpty)
  }

  @Test func nearDuplicatesAreSaid() {
    let groups = (0..<30).map { $0 / 2 }
    let findings = findings(groups: groups, curve: ({ _ in 0 }, { $0 / 10 }))
    #expect(
      findings.method.hasPrefix(
        "measured by 2-fold cross-validation of 30 photos (15 that are not nearly the same)"))
    #expect(findings.duplicatesAcrossLabels.isEmpty)
    var mixed = groups
    mixed[10] = 0
    #expect(self.findings(groups: mixed).duplicatesAcrossLabels == [[0, 1, 10]])
  }

  /// Chance is no reason to warn: only what is better beyond the interval of the difference.
  @Test(arguments: [(28, false), (20, true), (12, true)])
  func warnsOnlyBeyondChance(right: Int, warns: Bool) {
    let photos = (0..<30).map { Photo(path: "\($0)", label: $0 / 10) }
    func candidate(_ name: String, _ right: Int) -> Measurement.Candidate {
      Measurement.Candidate(
        name: name,
        outOfFold: (0..<30).map { photo in
          (0..<3).map { $0 == (photo < right ? photo / 10 : (photo / 10 + 1) % 3) ? 1 : 0 }
        })
    }
    let measurement = Measurement(
      photos: photos, labelCount: 3, groups: Array(0..<30),
      candidates: [candidate("Centroids", 30), candidate("MMRL++", right)])
    let warnings = Findings(measurement, .validationPhotos, labels: Self.labels).warnings
    #expect(warnings.isEmpty != warns)
    #expect(warnings.allSatisfy { $0.contains("loses to Centroids") })
  }

  @Test func whatIsWrongIsRankedAndSuspected() {
    let findings = findings()
    #expect(findings.mistakes.map(\.photo) == [0, 1] && findings.mistakes.map(\.given) == [1, 1])
    #expect(findings.mistakes[0].probability.given > 0.99)
    // The other mistake is not sure enough.
    #expect(findings.suspects.map(\.photo) == [0])
    // A third way that is as good and disagrees clears the photo; one that is much worse has no say.
    #expect(self.findings(tipAdapter: { $0 / 10 }).suspects.isEmpty)
    #expect(self.findings(tipAdapter: { _ in 2 }).suspects.map(\.photo) == [0])
  }

  @Test func weakAndUnmeasuredLabelsAreNamed() {
    let findings = findings(
      others: { $0 >= 20 ? nil : $0 >= 14 ? 0 : $0 / 10 }, curve: ({ _ in 0 }, { _ in 0 }))
    #expect(findings.weakLabels.map(\.label) == ["mug"])
    #expect(findings.weakLabels.map(\.right) == [4] && findings.weakLabels[0].photos == 10)
    #expect(findings.unmeasured == ["plate"])
  }

  @Test func saysWhetherMorePhotosHelp() throws {
    let right: (Int) -> Int = { $0 / 10 }
    for (half, words) in [
      ({ $0 < 20 ? 2 : $0 / 10 }, "more photos will help: "),
      ({ $0 == 3 ? 2 : $0 / 10 }, "whether more photos would help cannot be told"),
    ] as [((Int) -> Int, String)] {
      let text = try #require(findings(curve: (half, right)).morePhotos)
      #expect(text.hasPrefix(words), "\(text)")
    }
  }

  @Test func galleriesShowPhotos() throws {
    let crop = Image(width: 300, height: 150)
    var asked: [Int] = []
    let galleries = try Galleries(findings()) {
      asked.append($0)
      return crop
    }.all
    #expect(galleries.map(\.rows.count) == [1, 2, 1, 0])
    #expect(galleries[0].rows[0].text == "cup → mug: 2")
    #expect(galleries[0].rows[0].photos.map(\.caption) == ["cup", "mug"])
    #expect(galleries[1].rows[0].text.hasPrefix("cup/0.jpg: mug 100 %, cup 0 %"))
    #expect(asked == [0, 10, 0, 1, 0])
    #expect(galleries[0].rows[0].photos[0].uri.hasPrefix("data:image/jpeg;base64,/9j/"))
  }

  @Test func thumbnailsAreSmallJPEGs() throws {
    let uri = try Thumbnail.dataURI(of: Image(width: 300, height: 150))
    let bytes = try #require(base64(String(uri.dropFirst("data:image/jpeg;base64,".count))))
    var decoder = ImageDecoder()
    let image = try decoder.decode(bytes).image
    #expect(image.width == 112 && image.height == 56)
  }

  private func base64(_ text: String) -> [UInt8]? {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var (bits, count): (UInt32, Int) = (0, 0)
    var bytes: [UInt8] = []
    for character in text where character != "=" {
      guard let value = alphabet.firstIndex(of: character) else { return nil }
      bits = (bits << 6 | UInt32(value)) & 0xFFFF
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return bytes
  }
}
