import FloatMath
import Testing
import Training

@Suite struct NearDuplicatesTests {
  /// Unit features in the plane, by their angles in degrees; 0.97 is the cosine of 14.1 degrees.
  private func features(_ cosines: [(Float, Float)]) -> Matrix {
    UnitRows(Matrix(rows: cosines.count, columns: 2, cosines.flatMap { [$0.0, $0.1] })).rows
  }

  @Test func nearPhotosAreOneGroupThroughOthers() {
    // The first and the last are near only to the one between.
    let groups = NearDuplicates.groups(
      of: features([(1, 0), (0, 1), (1, 0.4), (-1, 0), (1, 0.2)]))
    #expect(groups == [0, 1, 0, 2, 0])
  }

  @Test func farPhotosAreAlone() {
    #expect(NearDuplicates.groups(of: features([(1, 0), (1, 1), (0, 1)])) == [0, 1, 2])
    #expect(NearDuplicates.groups(of: Matrix(rows: 0, columns: 2)) == [])
  }

  /// More photos than rows are compared at a time.
  @Test func manyPhotos() {
    let count = 1200
    let rows = (0..<count).map { photo -> (Float, Float) in
      photo % 2 == 0 ? (1, 0) : (0, 1)
    }
    let groups = NearDuplicates.groups(of: features(rows))
    #expect(groups == (0..<count).map { $0 % 2 })
  }
}
