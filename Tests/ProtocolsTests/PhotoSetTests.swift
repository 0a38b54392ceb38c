import CLIPModel
import Protocols
import TestSupport
import Testing
import Training

@Suite struct PhotoSetTests {
  /// Photos named `label/index`, in order.
  private func photos(_ counts: [Int]) -> [Photo] {
    counts.enumerated().flatMap { label, count in
      (0..<count).map { Photo(path: "\(label)/\($0)", label: label) }
    }
  }

  @Test func shotsEqualThePublishedDraws() throws {
    let published = try PublishedSplits.load().fewshot
    let labels = published.train_counts.indices.map { "c\($0)" }
    let all = PhotoSet(
      labels: labels, train: photos(published.train_counts),
      validation: photos(published.val_counts), test: [])
    #expect(published.runs.count == 15)
    for run in published.runs {
      let drawn = all.shots(run.shots, seed: run.seed)
      #expect(drawn.train.map(\.path) == run.train, "seed \(run.seed), \(run.shots) shots")
      #expect(drawn.validation.map(\.path) == run.val, "seed \(run.seed), \(run.shots) shots")
    }
  }

  @Test func halvesEqualThePublished() throws {
    for halves in try PublishedSplits.load().base_new {
      let names = (0..<halves.n).map { "c\($0)" }
      let photos = names.indices.map { Photo(path: names[$0], label: $0) }
      let all = PhotoSet(labels: names, train: photos, validation: photos, test: photos)
      for (half, published) in [(LabelHalf.base, halves.base), (.novel, halves.new)] {
        let ours = all.half(half)
        #expect(ours.labels == published.map(\.name))
        #expect(ours.test.map(\.path) == published.map(\.name))
        #expect(ours.test.map(\.label) == published.map(\.label))
        #expect(ours.train.map(\.label) == ours.test.map(\.label))
      }
    }
  }

  @Test func labelsComeInTheOrderOfTheirFirstPhoto() {
    let photos = (0..<40).map { Photo(path: "\($0)", label: $0 % 2 == 0 ? 1 : 0) }
    let all = PhotoSet(labels: ["a", "b"], train: photos, test: [])
    #expect(all.shots(3, seed: 1).train.map(\.label) == [1, 1, 1, 0, 0, 0])
  }
}
