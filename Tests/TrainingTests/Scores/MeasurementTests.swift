import Testing
import Training

@Suite struct MeasurementTests {
  /// Six photos of two labels; the third photo was never held out, the last three are nearly the same.
  private var measurement: Measurement {
    let photos = [0, 0, 0, 1, 1, 1].enumerated().map { Photo(path: "\($0).png", label: $1) }
    func candidate(_ name: String, _ given: [Int?]) -> Measurement.Candidate {
      Measurement.Candidate(
        name: name, outOfFold: given.map { $0.map { $0 == 0 ? [2, 1] : [0, 3] } })
    }
    return Measurement(
      photos: photos, labelCount: 2, groups: [0, 1, 2, 3, 3, 3],
      candidates: [
        candidate("other", [1, 1, nil, 1, 1, 1]), candidate("own", [0, 1, nil, 1, 1, 0]),
      ])
  }

  @Test func nearDuplicatesCountOnce() throws {
    let measurement = measurement
    #expect(measurement.measured == [0, 1, 3, 4, 5])
    #expect(measurement.independent() == 3 && measurement.independent(ofLabel: 1) == 1)
    #expect(measurement.hits(measurement.shipped) == [true, false, nil, true, true, false])
    let own = try #require(measurement.accuracy(measurement.shipped))
    #expect(abs(own.value - (1 + 0 + 2.0 / 3) / 3) < 1e-12)
    #expect(own.interval == .share(own.value, of: 3))
    let second = try #require(measurement.accuracy(measurement.shipped, ofLabel: 1))
    #expect(abs(second.value - 2.0 / 3) < 1e-12 && second.interval == .share(2.0 / 3, of: 1))
    #expect(measurement.scores(measurement.shipped).confusion == [1, 1, 1, 2])
  }

  @Test func differencesArePaired() throws {
    let measurement = measurement
    let gain = try #require(
      measurement.difference(measurement.shipped, measurement.candidates[0]))
    #expect(abs(gain.value - (1 - 1.0 / 3) / 3) < 1e-12)
    #expect(gain.interval.contains(gain.value))
    let reversed = try #require(
      measurement.difference(measurement.candidates[0], measurement.shipped))
    #expect(abs(reversed.value + gain.value) < 1e-12)
    #expect(abs(reversed.interval.low + gain.interval.high) < 1e-12)
  }

  /// Photos of a cross-validation say less than independent ones, alone and in pairs.
  @Test func varianceWidensIntervals() throws {
    let plain = measurement
    let wider = Measurement(
      photos: plain.photos, labelCount: 2, groups: plain.groups, candidates: plain.candidates,
      varianceFactor: 2.25)
    let own = try #require(wider.accuracy(wider.shipped))
    #expect(own.value == plain.accuracy(plain.shipped)?.value)
    #expect(own.interval == .share(own.value, of: 3 / 2.25))
    let gain = try #require(wider.difference(wider.shipped, wider.candidates[0]))
    let plainGain = try #require(plain.difference(plain.shipped, plain.candidates[0]))
    #expect(abs(gain.value - plainGain.value) < 1e-12)
    #expect(gain.interval.low < plainGain.interval.low)
    #expect(gain.interval.high > plainGain.interval.high)
  }

  @Test func probabilitiesAreSoftmax() throws {
    let row = try #require(measurement.probabilities(measurement.shipped)[0])
    #expect(abs(row[0] - 0.731_058_578) < 1e-6 && abs(row.reduce(0, +) - 1) < 1e-12)
    #expect(measurement.probabilities(measurement.shipped)[2] == nil)
  }

  @Test func nothingHeldOutSaysNothing() {
    let none = Measurement(
      photos: [Photo(path: "a", label: 0)], labelCount: 1, groups: [0],
      candidates: [Measurement.Candidate(name: "own", outOfFold: [nil])])
    #expect(none.accuracy(none.shipped) == nil && none.measured.isEmpty)
    #expect(none.difference(none.shipped, none.shipped) == nil)
  }

  @Test func probabilitiesAreComparedWithHowOftenTheyAreRight() throws {
    // Fifty photos of two labels; the surer the logits, the more often they are right: in 5, 6, 7, 8 and 10 of ten.
    let right = [5, 6, 7, 8, 10]
    let photos = (0..<50).map { Photo(path: "\($0)", label: 0) }
    let logits = (0..<50).map { index -> [Float] in
      let sure = Float(index / 10) * 0.5 + 0.1
      return index % 10 < right[index / 10] ? [sure, 0] : [0, sure]
    }
    let measurement = Measurement(
      photos: photos, labelCount: 2, groups: Array(0..<50),
      candidates: [Measurement.Candidate(name: "ours", outOfFold: logits)])
    let found = measurement.reliability(measurement.shipped)
    #expect(found.map { Int((10 * $0.right.value).rounded()) } == right)
    #expect(found.map(\.photos) == [10, 10, 10, 10, 10])
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.probability < $1.probability })
    let error = try #require(measurement.calibrationError(measurement.shipped))
    let expected = found.reduce(0) { $0 + abs($1.probability - $1.right.value) } / 5
    #expect(abs(error - expected) < 1e-6)
    let few = Measurement(
      photos: Array(photos[..<24]), labelCount: 2, groups: Array(0..<24),
      candidates: [Measurement.Candidate(name: "ours", outOfFold: Array(logits[..<24]))])
    #expect(few.reliability(few.shipped).isEmpty)
  }
}
