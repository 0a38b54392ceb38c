import CZstd

/// Unpacks zstd frames; keeps its working memory from frame to frame.
///
/// One for each thread that reads tensors.
@safe
public struct FrameDecoder: ~Copyable {
  private let context: OpaquePointer?
  /// Compressed bytes on their way in; grows to the largest frame met.
  var packed: [UInt8] = []

  /// A decoder without any buffers yet.
  public init() {
    unsafe context = ZSTD_createDCtx()
  }

  deinit {
    unsafe ZSTD_freeDCtx(context)
  }

  /// Unpacks the first `count` bytes of `packed`, which must fill `destination` exactly.
  func unpack(_ count: Int, into destination: inout MutableRawSpan) -> Bool {
    guard unsafe context != nil else { return false }
    let written = unsafe destination.withUnsafeMutableBytes { output in
      unsafe packed.withUnsafeBytes { input in
        unsafe ZSTD_decompressDCtx(
          context, output.baseAddress, output.count, input.baseAddress, count)
      }
    }
    return written == destination.byteCount
  }
}

/// Packs bytes into one zstd frame that carries its unpacked length.
func zstdFrame(_ bytes: RawSpan, level: Int32) -> [UInt8] {
  let bound = ZSTD_compressBound(bytes.byteCount)
  return unsafe [UInt8](unsafeUninitializedCapacity: bound) { output, count in
    let written = unsafe bytes.withUnsafeBytes { input in
      unsafe ZSTD_compress(
        output.baseAddress, output.count, input.baseAddress, input.count, level)
    }
    // The output has the room that zstd asks for, so only running out of memory is left.
    precondition(ZSTD_isError(written) == 0, "zstd: out of memory")
    count = written
  }
}
