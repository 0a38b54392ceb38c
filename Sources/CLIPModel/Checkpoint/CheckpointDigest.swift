import CCrypto
public import Checkpoints

extension Checkpoint {
  /// SHA-256 of the file's bytes (of several files: one after the other), 64 hexadecimal digits.
  public func sha256() -> String {
    var digest = SHA256()
    forEachPiece { digest.update($0) }
    return digest.hexadecimal()
  }
}

/// SHA-256 by OpenSSL, of bytes that come in pieces.
@safe
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// A digest of nothing yet.
  public init() {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    unsafe self.context = context
    unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit {
    unsafe EVP_MD_CTX_free(context)
  }

  /// Takes more bytes.
  public mutating func update(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
    }
  }

  /// Takes the bytes of numbers, as they are in memory.
  public mutating func update<Number: BitwiseCopyable>(_ numbers: [Number]) {
    update(RawSpan(_elements: numbers.span))
  }

  /// Takes a text in UTF-8 and a zero after it.
  public mutating func update(_ text: String) {
    update(Array(text.utf8) + [0])
  }

  /// The digest of all bytes, 64 hexadecimal digits.
  public consuming func hexadecimal() -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
