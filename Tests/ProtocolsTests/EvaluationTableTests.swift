import CLIPModel
import FloatMath
import Foundation
import Protocols
import Testing
import Training

@Suite struct EvaluationTableTests {
  private var table: EvaluationTable {
    var table = EvaluationTable(
      evaluation: "base-to-novel", method: "mmrl++", engine: "float", settings: ["alpha": "0.7"])
    for (seed, base, novel) in [(1, 80.0, 60.0), (2, 84.0, 64.0)] {
      for (part, head, accuracy) in [("base", "fusion", base), ("novel", "class", novel)] {
        table.results.append(
          EvaluationResult(
            dataset: "a,\"b\"", part: part, head: head, shots: 16, seed: seed, photos: 50,
            accuracy: accuracy, logLikelihood: -accuracy / 40, calibrationError: 0.1))
      }
    }
    return table
  }

  @Test func meansAndHarmonicMeansAreOfSeeds() {
    let means = table.means
    #expect(means.map(\.part) == ["base", "novel", "harmonic mean"])
    #expect(means[0].accuracy == Spread([80, 84]))
    #expect(means[1].accuracy == Spread([60, 64]))
    #expect(means[2].accuracy == Spread([harmonicMean(80, 60), harmonicMean(84, 64)]))
    #expect(
      table.text(width: nil).contains(
        "82.00 ± 2.00 (2 seeds)  log-likelihood -2.05, calibration error 0.100\n"))
    #expect(means[2].logLikelihood == nil && means[2].calibrationError == nil)
  }

  @Test func otherDataSetsHaveAnAverage() {
    var table = EvaluationTable(
      evaluation: "cross-dataset", method: "mmrl++", engine: "float", settings: [:])
    for (seed, figures) in [(1, [90.0, 10, 30]), (2, [80.0, 20, 50])] {
      for (dataset, accuracy) in zip(["source", "one", "two"], figures) {
        table.results.append(
          EvaluationResult(
            dataset: dataset, part: "all", head: "class", shots: 16, seed: seed, photos: 10,
            accuracy: accuracy, logLikelihood: -1, calibrationError: 0))
      }
    }
    #expect(table.means.map(\.dataset) == ["source", "one", "two", "average"])
    #expect(table.means[3].accuracy == Spread([20, 35]))
    #expect(table.means[3].seeds == 2)
    table.results.removeAll { $0.dataset == "two" }
    #expect(table.means.map(\.dataset) == ["source", "one"])
  }

  @Test func jsonAndCSVHoldEveryFigure() throws {
    let json = try JSONSerialization.jsonObject(with: Data(try table.json().utf8))
    let document = try #require(json as? [String: Any])
    #expect((document["results"] as? [Any])?.count == 4)
    #expect((document["means"] as? [Any])?.count == 3)
    #expect((document["settings"] as? [String: String]) == ["alpha": "0.7"])
    let lines = table.csv.components(separatedBy: "\r\n")
    #expect(lines.count == 6)
    #expect(
      lines[1]
        == "base-to-novel,mmrl++,float,\"a,\"\"b\"\"\",base,fusion,16,1,50,80.0000,-2.0000,0.1000")
  }

  @Test func logitsAreMeasured() {
    let result = EvaluationResult(
      dataset: "a", part: "all", head: .fusion, shots: 2, seed: 1,
      logits: Matrix(rows: 2, columns: 3, [9, 0, 0, 9, 0, 0]), actual: [0, 1])
    #expect(result.photos == 2 && result.accuracy == 50 && result.head == "fusion")
    #expect(abs(result.logLikelihood + 4.5) < 1e-3 && abs(result.calibrationError - 0.5) < 1e-3)
    let none = EvaluationResult(
      dataset: "a", part: "all", head: .fusion, shots: 2, seed: 1,
      logits: Matrix(rows: 0, columns: 3), actual: [])
    #expect(none.photos == 0 && none.accuracy == 0 && none.logLikelihood == 0)
  }
}
