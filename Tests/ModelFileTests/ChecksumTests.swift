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

  /// zstd's own content checksum is the lower half of XXH64: an implementation that is not ours.
  @Test(arguments: [0, 1, 3, 4, 7, 8, 31, 32, 33, 63, 64, 100, 1000, 70_001])
  func checksumAgreesWithZstd(count: Int) {
    var random = SplitMix64(seed: UInt64(count))
    let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    let context = ZSTD_createCCtx()
    defer { ZSTD_freeCCtx(context) }
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    var frame = [UInt8](repeating: 0, count: ZSTD_compressBound(count))
    let length = ZSTD_compress2(context, &frame, frame.count, bytes, count)
    #expect(ZSTD_isError(length) == 0)
    let stored = frame[length - 4..<length].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    #expect(UInt32(truncatingIfNeeded: Checksum.xxh64(bytes.span.bytes)) == stored)
  }
}
