import Foundation
import ModelFile
import TestSupport
import Testing

/// The part of an image in the manifest, which version 5 added.
@Suite struct RegionTests {
  private typealias Region = Manifest.Preprocessing.Region

  @Test(
    arguments: [
      (0, 0, 0, 1), (0, 0, 1, 0.001), (0.5, 0, 0.6, 1), (0, 0.5, 1, 0.6), (-0.1, 0, 0.5, 0.5),
      (.nan, 0, 0.5, 0.5), (0, 0, .infinity, 1), (0, 0, 2, 2),
    ] as [(Double, Double, Double, Double)])
  func nonsense(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
    var manifest = ModelFixture(.clip).manifest
    manifest.preprocessing.region = Region(x: x, y: y, width: width, height: height)
    do {
      try manifest.validate()
      Issue.record("accepted")
    } catch {
      #expect("\(error)".contains("preprocessing.region"))
    }
  }

  @Test("Files that need no newer reader ask for none")
  func version() throws {
    for (region, version) in [(nil, 4), (Region(x: 0.25, y: 0, width: 0.5, height: 1), 5)] {
      try withTemporaryDirectory { folder in
        var fixture = ModelFixture(.clip)
        fixture.manifest.preprocessing.region = region
        let path = folder + "/m.mmrl"
        try fixture.write(to: path)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path))[8] == UInt8(version))
        #expect(try ModelReader(path: path).manifest.preprocessing.region == region)
      }
    }
  }
}
