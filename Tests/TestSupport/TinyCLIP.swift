import Foundation

/// The small trained CLIP of the tests (Tests/TestSupport/Fixtures/tiny-clip), weak but quick.
package enum TinyCLIP {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/tiny-clip").path
  /// A state dict with OpenAI's names.
  package static let checkpoint = folder + "/clip.pt"
  /// Its vocabulary, byte-level BPE.
  package static let vocabulary = folder + "/bpe.txt"
  /// An MMRL++ adapter for it.
  package static let adapter = folder + "/adapter.safetensors"
  /// A model of version 1 made of both, with known and novel labels and a discriminant.
  package static let model = folder + "/model.mmrl"
}
