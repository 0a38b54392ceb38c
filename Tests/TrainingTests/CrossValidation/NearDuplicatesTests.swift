import FloatMath
import Testing
import Training

@Suite struct NearDuplicatesTests {
  /// Unit features in the plane.
  private func features(_ directions: [(Float, Float)]) -> Matrix {
    UnitRows(Matrix(rows: directions.count, columns: 2, directions.flatMap { [$0.0, $0.1] })).rows
  }

  @Test func nearPhotosAreOneGroupThroughOthers() {
    // Without their mean, the first and the third are 35 degrees apart, the last is between them.
    let groups = NearDuplicates.groups(
      of: features([(1, 0), (0, 1), (0.914, 0.407), (-1, 0), (0, -1), (0.978, 0.208)]))
    #expect(groups == [0, 1, 0, 2, 3, 0])
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
