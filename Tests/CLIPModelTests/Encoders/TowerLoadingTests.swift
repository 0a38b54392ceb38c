import CLIPModel
import CLIPTestSupport
import Checkpoints
import FloatMath
import TestSupport
import Testing

/// Each encoder reads the tensors of its own tower and no others.
@Suite struct TowerLoadingTests {
  /// A checkpoint whose tensors with one kind of names cannot be read: they are no numbers.
  private func checkpoint(
    unreadable: (String) -> Bool, in folder: String
  ) throws -> CLIPCheckpoint {
    let whole = RandomCLIP(.none)
    let path = folder + "/clip.safetensors"
    try Checkpoint.write(
      RandomCLIP.geometry.tensorShapes.map { name, shape in
        let values = whole.tensors[name] ?? []
        return NamedTensor(
          name, shape: shape,
          values: unreadable(name) ? values.map { _ in .nan } : values)
      }, to: path)
    return try CLIPCheckpoint(path: path)
  }

  private let ids: [[Int32]] = [[597, 1, 2, 599], [597, 1, 3, 599]]

  @Test func textsNeedNoImageTower() throws {
    try withTemporaryDirectory { folder in
      let all = try checkpoint(unreadable: { _ in false }, in: folder)
      let expected = try FloatCLIP(checkpoint: all).texts.encode(ids)
      let textOnly = try checkpoint(unreadable: { $0.hasPrefix("visual.") }, in: folder)
      #expect(try TextEncoder(checkpoint: textOnly).encode(ids).elements == expected.elements)
      #expect(throws: CLIPError.self) { try FloatCLIP(checkpoint: textOnly) }
    }
  }

  @Test func imagesNeedNoTextTower() throws {
    try withTemporaryDirectory { folder in
      let all = try checkpoint(unreadable: { _ in false }, in: folder)
      let pixels = (0..<3 * 32 * 32).map { Float($0 % 11) - 5 }
      let expected = try FloatCLIP(checkpoint: all).images.encode(pixels)
      let imageOnly = try checkpoint(unreadable: { !$0.hasPrefix("visual.") }, in: folder)
      #expect(
        try ImageEncoder(checkpoint: imageOnly).encode(pixels).classFeatures.elements
          == expected.classFeatures.elements)
      #expect(throws: CLIPError.self) { try FloatCLIP(checkpoint: imageOnly) }
    }
  }
}
