import Foundation
import ModelFile
import TestSupport
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: Manifest.Method.allCases)
  func manifestAndTensorsComeBack(method: Manifest.Method) throws {
    var fixture = ModelFixture(method)
    fixture.hasDiscriminant = true
    fixture.manifest.labelSets[0].labels[0] = "déjà \"vu\"\n/\u{1F98A}"
    fixture.manifest.alpha = 0.7
    fixture.manifest.beta = method == .mmrlPlusPlus ? 0.1 : 1
    fixture.manifest.calibration = Manifest.Calibration(
      source: "images", images: 3, smoothing: 0.25, classCosine: 0.99987)
    fixture.manifest.provenance.scores = ["base": 98.9]
    fixture.manifest.provenance.recipe = ["epochs": "10"]
    fixture.manifest.provenance.licence = "MIT"
    let reader = try fixture.reader()
    #expect(reader.manifest == fixture.manifest)
    #expect(reader.directory.map(\.name) == fixture.manifest.tensors.map(\.name))
    for entry in reader.directory {
      if entry.dataType == .int8 {
        let values = try reader.int8s(entry.name)
        #expect(values.count == entry.shape.reduce(1, *))
        #expect(values.contains { $0 != 0 } && !values.contains(-128))
      } else {
        #expect(try reader.floats(entry.name).allSatisfy(\.isFinite))
      }
    }
  }

  @Test func valuesAreExact() throws {
    let fixture = ModelFixture(.clip, layers: 1, width: 8, heads: 1, embedDim: 4)
    var random = SplitMix64(seed: 9)
    var floats: [String: [Float]] = [:]
    var bytes: [String: [Int8]] = [:]
    try withTemporaryDirectory { directory in
      let path = directory + "/m.mmrl"
      var writer = try ModelWriter(path: path)
      for tensor in fixture.manifest.tensors where tensor.isRequired {
        let count = tensor.shape.reduce(1, *)
        if tensor.dataType == .int8 {
          let values = (0..<count).map { _ in Int8.random(in: -127...127, using: &random) }
          bytes[tensor.name] = values
          try writer.add(tensor.name, shape: tensor.shape, values)
        } else {
          // Any finite bit pattern must survive: an even exponent is never that of infinity.
          let values = (0..<count).map { _ in
            Float(bitPattern: UInt32(truncatingIfNeeded: random.next()) & ~0x80_0000)
          }
          floats[tensor.name] = values
          try writer.add(tensor.name, shape: tensor.shape, values)
        }
      }
      try writer.finish(fixture.manifest)
      #expect(!FileManager.default.fileExists(atPath: path))
      #expect(try ModelReader(path: writer.temporaryPath).manifest == fixture.manifest)
      try writer.commit()
      let reader = try ModelReader(path: path)
      for (name, values) in bytes { #expect(try reader.int8s(name) == values) }
      for (name, values) in floats {
        #expect(try reader.floats(name).map(\.bitPattern) == values.map(\.bitPattern))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["m.mmrl"])
    }
  }

  @Test func aCopyIsTheSameFile() throws {
    try withTemporaryDirectory { directory in
      let path = directory + "/m.mmrl"
      try ModelFixture(.mmrlPlusPlus).write(to: path)
      let reader = try ModelReader(path: path)
      var writer = try ModelWriter(path: directory + "/copy.mmrl")
      for entry in reader.directory { try writer.copy(entry.name, of: reader) }
      try writer.finish(reader.manifest)
      try writer.commit()
      let files = try [path, directory + "/copy.mmrl"].map {
        try Data(contentsOf: URL(fileURLWithPath: $0))
      }
      #expect(files[0] == files[1])
    }
  }

  /// A frame that was packed in another way stays as it is: nothing is unpacked on the way.
  @Test func aCopyKeepsHowItWasPacked() throws {
    let bytes = HostileFileTests.bytes
    let last = try #require(HostileFileTests.open(bytes).directory.last)
    let source = try HostileFileTests.open(Forgery.repacked(bytes, last: last))
    let repacked = try #require(source.directory.last)
    #expect(repacked.name == last.name && repacked.checksum != last.checksum)
    try withTemporaryDirectory { directory in
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      for entry in source.directory { try writer.copy(entry.name, of: source) }
      try writer.finish(source.manifest)
      try writer.commit()
      let copy = try ModelReader(path: directory + "/m.mmrl")
      #expect(copy.directory == source.directory)
      #expect(try copy.floats(last.name) == source.floats(last.name))
    }
  }

  @Test func unfinishedFileLeavesNothing() throws {
    try withTemporaryDirectory { directory in
      func begin() throws {
        var writer = try ModelWriter(path: directory + "/m.mmrl")
        try writer.add("visual.patch.scale", shape: [2], [Float](repeating: 1, count: 2))
      }
      try begin()
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
    }
  }

  @Test func manifestCanBeReplacedByAShorterOne() throws {
    try withTemporaryDirectory { directory in
      let fixture = ModelFixture(.mmrl)
      let reader = try fixture.reader()
      var long = fixture.manifest
      long.provenance.licence = (0..<4000).map { String($0 &* 2_654_435_761) }.joined()
      var writer = try ModelWriter(path: directory + "/m.mmrl")
      for entry in reader.directory {
        if entry.dataType == .int8 {
          try writer.add(entry.name, shape: entry.shape, try reader.int8s(entry.name))
        } else {
          try writer.add(entry.name, shape: entry.shape, try reader.floats(entry.name))
        }
      }
      try writer.finish(long)
      #expect(try ModelReader(path: writer.temporaryPath).manifest == long)
      try writer.finish(fixture.manifest)
      try writer.commit()
      let replaced = try ModelReader(path: directory + "/m.mmrl")
      #expect(replaced.manifest == fixture.manifest)
      #expect(replaced.fileLength == reader.fileLength)
    }
  }

  @Test func threadsReadAtOnce() async throws {
    let reader = try ModelFixture(.mmrlPlusPlus).reader()
    let names = reader.directory.filter { $0.dataType == .int8 }.map(\.name)
    let alone = try names.map { try reader.int8s($0) }
    let together = try await withThrowingTaskGroup(of: (Int, [Int8]).self) { group in
      for (position, name) in names.enumerated() {
        group.addTask { (position, try reader.int8s(name)) }
      }
      var results = [[Int8]](repeating: [], count: names.count)
      for try await (position, values) in group { results[position] = values }
      return results
    }
    #expect(together == alone)
  }
}
