import CLIPModel
import Calibration
import FloatMath
import Glibc
import Testing
import Training

@Suite struct ScoreCalibrationTests {
  private func rows(_ matrix: Matrix) -> [[Float]] {
    (0..<matrix.rows).map { matrix[rows: $0..<$0 + 1].elements }
  }

  /// Logits that are right for seven of ten photos by the same lead: the likeliest scale gives the lead a share of about 0.7.
  @Test func scaleSaysHowOftenLogitsAreRight() {
    let photos = 200
    let labels = [Int](repeating: 0, count: photos)
    for lead in [0.02, 5, 400] as [Float] {
      let logits = Matrix(
        rows: photos, columns: 2,
        (0..<photos).flatMap { ($0 % 10 < 7 ? [lead, 0] : [0, lead]) as [Float] })
      let scale = ScoreCalibration.scale(of: rows(logits), labels: labels, photos: photos)
      #expect(abs(1 / (1 + exp(-scale * lead)) - 0.7) < 0.01)
    }
    // Where all are right, a doubt is left: one of 202, half of it on the other label.
    let right = Matrix(rows: photos, columns: 2, (0..<photos).flatMap { _ in [2, 0] as [Float] })
    let scale = ScoreCalibration.scale(of: rows(right), labels: labels, photos: photos)
    #expect(abs(1 / (1 + exp(-2 * scale)) - (1 - 0.5 / 202)) < 1e-3)
  }

  @Test("Logits that say nothing leave the scale near where it was; many that are wrong do not")
  func nothingIsSaid() {
    // Two names that look alike: the lead is small, and as often wrong as right.
    func logits(_ photos: Int, lead: Float) -> [[Float]] {
      (0..<photos).map { $0.isMultiple(of: 2) ? [lead, 0] : [0, lead] }
    }
    func scale(_ photos: Int, lead: Float, around first: Float?) -> Float {
      ScoreCalibration.scale(
        of: logits(photos, lead: lead), labels: [Int](repeating: 0, count: photos), photos: photos,
        around: first)
    }
    #expect(scale(10, lead: 0.3, around: nil) < 0.01)
    #expect((0.8...1).contains(scale(10, lead: 0.3, around: 1)))
    #expect((1.2...2).contains(scale(10, lead: 0.3, around: 2)))
    #expect(scale(400, lead: 3, around: 1) < 0.1)
  }

  /// Two terms of any size and the labels that the softmax of their sum draws.
  private func drawn(_ photos: Int, _ factors: (Float, Float), seed: Int)
    -> (terms: (Matrix, Matrix), labels: [Int])
  {
    var random = PythonRandom(seed: seed)
    func term(_ size: Float) -> Matrix {
      Matrix(
        rows: photos, columns: 5, (0..<photos * 5).map { _ in size * Float(random.unit() - 0.5) })
    }
    let terms = (term(20), term(300))
    let labels = (0..<photos).map { photo in
      var left = random.unit()
      let shares = (0..<5).map {
        exp(Double(factors.0 * terms.0[photo, $0] + factors.1 * terms.1[photo, $0]))
      }
      let total = shares.reduce(0, +)
      for label in 0..<4 {
        left -= shares[label] / total
        if left < 0 { return label }
      }
      return 4
    }
    return (terms, labels)
  }

  /// Many photos find the factors that their labels were drawn by, wherever the search begins.
  @Test(arguments: [(0.5, 0.01), (0.1, 0.05), (1, 0.005)] as [(Float, Float)])
  func manyPhotosTellBothFactors(texts: Float, discriminant: Float) {
    let (terms, labels) = drawn(4000, (texts, discriminant), seed: 11)
    for first in [(texts, discriminant), (1, 1), (0.01, 0.001)] as [(Float, Float)] {
      let found = ScoreCalibration.factors(
        of: (rows(terms.0), rows(terms.1)), labels: labels, photos: labels.count, around: first)
      #expect(abs(log(found.0 / texts)) < 0.2)
      #expect(abs(log(found.1 / discriminant)) < 0.2)
    }
  }

  /// Photos that are in the folds of two splits count once.
  @Test func repeatedPhotosAddNoCertainty() {
    let (terms, labels) = drawn(30, (0.5, 0.01), seed: 12)
    let once = ScoreCalibration.factors(
      of: (rows(terms.0), rows(terms.1)), labels: labels, photos: 30, around: (0.1, 0.1))
    let twice = ScoreCalibration.factors(
      of: (rows(terms.0) + rows(terms.0), rows(terms.1) + rows(terms.1)),
      labels: labels + labels, photos: 30, around: (0.1, 0.1))
    #expect(abs(log(once.0 / twice.0)) < 1e-4 && abs(log(once.1 / twice.1)) < 1e-4)
  }

  /// What is always right, always wrong or says nothing stays near where it began, by how few the photos are.
  @Test(arguments: [1, 3, 20])
  func fewPhotosMoveLittle(photos: Int) {
    let labels = [Int](repeating: 0, count: photos)
    func term(_ lead: Float) -> Matrix {
      Matrix(rows: photos, columns: 2, (0..<photos).flatMap { _ in [lead, 0] as [Float] })
    }
    let flat = ScoreCalibration.factors(
      of: (rows(term(0)), rows(term(0))), labels: labels, photos: photos, around: (0.3, 0.2))
    #expect(abs(flat.0 - 0.3) < 1e-5 && abs(flat.1 - 0.2) < 1e-5)
    let (right, wrong) = ScoreCalibration.factors(
      of: (rows(term(3)), rows(term(-2))), labels: labels, photos: photos, around: (0.3, 0.2))
    #expect(right > 0.3 && right < 30 && wrong < 0.2 && wrong > 0)
    // The slope of likelihood and prior together is zero there.
    let lead = Double(right) * 3 - Double(wrong) * 2
    let doubt = Double(photos) / (1 + exp(lead))
    #expect(abs(doubt * Double(right) * 3 - log(Double(right) / 0.3)) < 1e-3)
    #expect(abs(-doubt * Double(wrong) * 2 - log(Double(wrong) / 0.2)) < 1e-3)
  }

  @Test func reliabilityByHand() {
    // Best scores 0.8, 0.8, 0.6; the first and the last are right.
    let logits = Matrix(
      rows: 3, columns: 2, [log(4), 0, log(4), 0, 0, log(1.5)] as [Float])
    let reliability = ScoreReliability(logits: logits, actual: [0, 1, 1])
    #expect(abs(reliability.logLikelihood - (log(0.8) + log(0.2) + log(0.6)) / 3) < 1e-6)
    // Both of 0.8 share a bin, of which half is right.
    #expect(abs(reliability.calibrationError - (2 * 0.3 + 0.4) / 3) < 1e-6)
    // A score of 1 is in the last bin.
    let sure = ScoreReliability(logits: Matrix(rows: 1, columns: 2, [0, 500]), actual: [1])
    #expect(sure == ScoreReliability(logits: Matrix(rows: 1, columns: 2, [900, 0]), actual: [0]))
    #expect(sure.logLikelihood == 0 && sure.calibrationError == 0)
  }
}
