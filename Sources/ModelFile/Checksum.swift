import CXXHash

/// XXH64 with seed 0, the checksum of every part of a model file.
public enum Checksum {
  /// The checksum of all bytes of `bytes`.
  public static func xxh64(_ bytes: RawSpan) -> UInt64 {
    unsafe bytes.withUnsafeBytes { unsafe cx_xxh64($0.baseAddress, $0.count) }
  }
}
