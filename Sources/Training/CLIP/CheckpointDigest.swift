import CCrypto
public import Checkpoints

extension Checkpoint {
  /// SHA-256 of the file's bytes (of several files: one after the other), by OpenSSL; 64 hexadecimal digits.
  public func sha256() -> String {
    guard let context = unsafe EVP_MD_CTX_new() else { preconditionFailure("out of memory") }
    defer { unsafe EVP_MD_CTX_free(context) }
    unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil)
    forEachPiece { bytes in
      unsafe bytes.withUnsafeBytes { buffer in
        _ = unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
      }
    }
    var digest = [UInt8](repeating: 0, count: 32)
    unsafe EVP_DigestFinal_ex(context, &digest, nil)
    return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
