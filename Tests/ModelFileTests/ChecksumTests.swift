import CZstd
import ModelFile
import TestSupport
import Testing

@Suite struct ChecksumTests {
  /// Values of the reference implementation, from the xxHash specification's test vectors.
  @Test(
    arguments: [
      ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
    ] as [(String, UInt64)])
  func knownValues(text: String, expected: UInt64) {
    #expect(Checksum.xxh64(Array(text.utf8).span.bytes) == expected)
  }
}
