import CLIPModel
import FloatMath
import Testing
import Training

/// Tip-Adapter against numbers worked by hand.
@Suite struct TipAdapterTests {
  /// Two photos of the first label, one of the second; features are plane vectors of unit length.
  private func shots(crops: Matrix? = nil) -> ShotFeatures {
    let photos: [Float] = [1, 0, 0.6, 0.8, 0, 1]
    return ShotFeatures(
      features: ImageFeatures(
        classFeatures: Matrix(rows: 6, columns: 2, photos + photos), representation: nil),
      crops: crops.map { ImageFeatures(classFeatures: $0, representation: nil) },
      labels: [0, 0, 1, 0, 0, 1], texts: texts)
  }
  private let texts = Matrix(rows: 2, columns: 2, [0.8, 0.6, -0.6, 0.8])

  private func expect(_ found: Matrix, _ expected: [Float]) {
    #expect(
      zip(found.elements, expected).allSatisfy { abs($0 - $1) < 1e-4 } && found.rows == 2,
      "\(found.elements), not \(expected)")
  }

  @Test func isTheTextsAndWhatPhotosSay() {
    let features = Matrix(rows: 2, columns: 2, [1, 0, 0, 1])
    // Cosines to the photos: 1, 0.6, 0 and 0, 0.8, 1; exp(-5.5 · 0.4) = 0.110803, exp(-5.5 · 0.2) = 0.332871,
    // exp(-5.5) = 0.004087. Of the texts: 80, -60 and 60, 80.
    expect(
      TipAdapter(shots(), texts: texts).logits(features),
      [80 + 1.110803, -60 + 0.004087, 60 + 0.004087 + 0.332871, 80 + 1])
  }

  /// A photo is one key, the unit mean of its views.
  @Test func viewsOfAPhotoAreOneKey() {
    // Two views of each photo: those of the first one pull it to the direction (2 + 2 · 0.6, 2 · 0.8) of length 3.577709.
    let crops = Matrix(rows: 6, columns: 2, [0.6, 0.8, 0.6, 0.8, 0.6, 0.8, 0.6, 0.8, 0, 1, 0, 1])
    // Its cosines are 0.894427 and 0.447214: exp(-5.5 · 0.105573) = 0.559534, exp(-5.5 · 0.552786) = 0.047819.
    expect(
      TipAdapter(shots(crops: crops), texts: texts)
        .logits(Matrix(rows: 2, columns: 2, [1, 0, 0, 1])),
      [80 + 0.559534 + 0.110803, -60 + 0.004087, 60 + 0.047819 + 0.332871, 80 + 1])
  }
}
