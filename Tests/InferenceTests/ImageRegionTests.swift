import Imaging
import Inference
import ModelFile
import TestSupport
import Testing

@Suite struct ImageRegionTests {
  @Test("What a model file may say is a part of an image, and nothing else is")
  func sameRule() throws {
    var random = SplitMix64(seed: 3)
    let edges = [-1e-9, 0, 0.0099, 0.01, 0.25, 0.5, 0.75, 0.99, 1, 1 + 5e-7, 1 + 2e-6, .nan]
    func pick() -> Double { edges[Int(random.next() % UInt64(edges.count))] }
    var manifest = ModelFixture(.clip).manifest
    var parts = 0
    for _ in 0..<4000 {
      let region = Manifest.Preprocessing.Region(
        x: pick(), y: pick(), width: pick(), height: pick())
      manifest.preprocessing.region = region
      let isValid = (try? manifest.validate()) != nil
      #expect(isValid == (ImageRegion(region) != nil), "\(region)")
      parts += isValid ? 1 : 0
    }
    #expect(parts > 100)
  }
}
