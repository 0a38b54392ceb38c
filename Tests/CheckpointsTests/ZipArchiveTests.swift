import Checkpoints
import Testing

struct ZipArchiveTests {
  typealias B = TorchBytes

  private static let pickle = B.pickle(B.dictionary([("a", B.tensor())]))

  @Test("Sizes and offsets of 64 bits are read")
  func zip64() throws {
    #expect(try open(B.torch(Self.pickle, .zip64)).floats("a") == [1, 2, 3, 4])
  }

  @Test(
    "Compressed and encrypted entries are refused by name",
    arguments: [B.Oddity.deflated, .encrypted])
  func compressed(oddity: B.Oddity) throws {
    let error = try #require(throws: CheckpointError.self) {
      try open(B.torch(Self.pickle, oddity))
    }
    #expect("\(error)".contains("a/data.pkl"), "\(error)")
  }

  @Test("A comment at the end is passed over")
  func comment() throws {
    var bytes = B.torch(Self.pickle)
    bytes.removeLast(2)
    bytes += [3, 0] + Array("end".utf8)
    #expect(try open(bytes).floats("a") == [1, 2, 3, 4])
  }

  @Test("Archives that are not torch's are refused")
  func others() {
    for entries in [
      [], [("a.npy", [1, 2])], [("a/data.pkl", Self.pickle), ("b/data.pkl", Self.pickle)],
      [("a/data.pkl", Self.pickle), ("a/data.pkl", Self.pickle)], [("a/model.json", [1])],
      [("a/data.pkl", Self.pickle), ("a/byteorder", Array("big".utf8))],
    ] as [[(name: String, data: [UInt8])]] {
      #expect(throws: CheckpointError.self) { try open(B.zip(entries)) }
    }
  }
}
