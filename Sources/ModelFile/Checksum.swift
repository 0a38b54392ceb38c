import CXXHash

/// Hashes by xxHash: XXH64 is the checksum of every part of a model file.
public enum Checksum {
  /// XXH64 of all bytes of `bytes`, with seed 0.
  public static func xxh64(_ bytes: RawSpan) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe cx_xxh64($0.baseAddress, $0.count) }
  }

  /// XXH3 of 128 bits of all bytes of `bytes`, with seed 0: for names, no two of which should have the same.
  public static func xxh128(_ bytes: RawSpan) -> UInt128 {
    let hash = unsafe bytes.withUnsafeBytes { unsafe cx_xxh128($0.baseAddress, $0.count) }
    return UInt128(hash.high64) << 64 | UInt128(hash.low64)
  }
}
