import Quantization
import Testing

@Suite struct FeatureComparisonTests {
  @Test func cosinesByHand() {
    // Rows (1, 0) against (1, 0) and (0, 1) against (1, 1): cosines 1 and 1/√2.
    let comparison = FeatureComparison([1, 0, 1, 1], reference: [1, 0, 0, 1], embedDim: 2)
    #expect(abs(comparison.mean - (1 + 0.5.squareRoot()) / 2) < 1e-12)
    #expect(abs(comparison.minimum - 0.5.squareRoot()) < 1e-12)
    // The mean reference is (½, ½): (½, -½) against itself, (½, ½) against (-½, ½) is 0.
    #expect(abs((comparison.centred ?? 0) - 0.5) < 1e-12)
    #expect(comparison.images == 2 && comparison.largestDifference == 1)
  }

  @Test func aSingleImageHasNoCentredCosine() {
    #expect(FeatureComparison([1, 2], reference: [2, 4], embedDim: 2).centred == nil)
  }

  @Test func notANumberIsNotAGoodFeature() {
    let comparison = FeatureComparison([.nan, 1], reference: [1, 1], embedDim: 2)
    #expect(comparison.minimum == -1 && comparison.largestDifference == .infinity)
  }

  @Test func agreementCountsConfidentImagesApart() {
    let reference: [Float] = [3, 1, 0, /**/ 1, 1.4, 0, /**/ 0, 0, 2]
    let logits: [Float] = [2, 1, 0, /**/ 2, 1, 0, /**/ 1, 0, 0]
    let agreement = TopLabelAgreement(logits, reference: reference, labels: 3)
    #expect(agreement.images == 3)
    #expect(agreement.agreeing == 1)
    // The second image's lead of 0.4 is a near tie.
    #expect(agreement.confident == 2)
    #expect(agreement.confidentAgreeing == 1)
  }
}
