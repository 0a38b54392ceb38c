import Basics
internal import CCurl
internal import Glibc

/// Bytes of an address, by libcurl.
struct Transfer {
  /// Where from.
  let url: String
  /// The program that asks.
  let agent: String
  /// How long to wait before the connection is tried again, each time without a byte in between.
  var pauses: [Duration] = [.seconds(1), .seconds(2), .seconds(4), .seconds(8)]

  /// What an attempt came to.
  private enum Outcome {
    case done
    case cut(String)
    case noRange
  }

  /// All bytes, in memory.
  ///
  /// - Parameter limit: the most that are taken.
  /// - Returns: the bytes.
  /// - Throws: `DownloadError`.
  func bytes(limit: Int) throws(DownloadError) -> [UInt8] {
    var failures = 0
    while true {
      var bytes: [UInt8] = []
      let outcome = try attempt(from: 0) { (piece, _) throws(DownloadError) in
        unsafe piece.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        guard bytes.count <= limit else {
          throw .listing(url: url, what: "more than \(limit) bytes")
        }
      }
      guard case .cut(let what) = outcome else { return bytes }
      try pause(after: &failures, what)
    }
  }

  /// Fetches into a file, behind what it has; again where the connection breaks off.
  ///
  /// - Parameters:
  ///   - file: what came so far.
  ///   - progress: gets the bytes that are there and, where the server says so, those of all.
  /// - Throws: `DownloadError`; the file has what came.
  func fetch(
    into file: inout PartialFile, progress: (Int, Int?) -> Void
  ) throws(DownloadError) {
    var failures = 0
    while true {
      let before = file.count
      let partial = file.partialPath
      let outcome = try attempt(from: before) { (piece, total) throws(DownloadError) in
        do throws(SystemError) {
          try file.append(piece)
        } catch {
          throw .file(path: partial, error: error)
        }
        progress(file.count, total)
      }
      switch outcome {
      case .done: return
      case .noRange:
        guard before > 0 else { throw .connection(url: url, what: "no such bytes") }
        try file.empty()
      case .cut(let what):
        if file.count > before { failures = 0 }
        try pause(after: &failures, what)
      }
    }
  }

  /// Waits until the next attempt.
  ///
  /// - Throws: `DownloadError` when there have been enough.
  private func pause(after failures: inout Int, _ what: String) throws(DownloadError) {
    guard failures < pauses.count else { throw .connection(url: url, what: what) }
    let (seconds, attoseconds) = pauses[failures].components
    usleep(UInt32(seconds) * 1_000_000 + UInt32(attoseconds / 1_000_000_000_000))
    failures += 1
  }

  /// What libcurl hands back to us.
  private final class Receiver {
    let take: (RawSpan, Int?) throws(DownloadError) -> Void
    var failure: DownloadError?

    init(_ take: @escaping (RawSpan, Int?) throws(DownloadError) -> Void) {
      self.take = take
    }
  }

  /// One request.
  private func attempt(
    from start: Int, take: (RawSpan, Int?) throws(DownloadError) -> Void
  ) throws(DownloadError) -> Outcome {
    var transfer = unsafe cc_transfer()
    unsafe transfer.from = Int64(start)
    var failure: DownloadError?
    let outcome = withoutActuallyEscaping(take) { take in
      let receiver = Receiver(take)
      unsafe transfer.context = Unmanaged.passUnretained(receiver).toOpaque()
      unsafe transfer.take = { context, bytes, count, total in
        guard let context = unsafe context, let bytes = unsafe bytes else { return 1 }
        let receiver = unsafe Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
        do throws(DownloadError) {
          let piece = unsafe RawSpan(_unsafeStart: bytes, byteCount: count)
          try receiver.take(piece, total < 0 ? nil : Int(total))
          return 0
        } catch {
          receiver.failure = error
          return 1
        }
      }
      let outcome = withExtendedLifetime(receiver) { unsafe perform(&transfer) }
      failure = receiver.failure
      return outcome
    }
    if let failure { throw failure }
    let status = unsafe Int(transfer.status)
    let what = unsafe withUnsafeBytes(of: transfer.error) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch outcome {
    case CC_DONE: return .done
    case CC_CUT: return .cut(what)
    case CC_NO_RANGE: return .noRange
    case CC_REFUSED where status == 429 || status >= 500: return .cut("status \(status)")
    case CC_REFUSED: throw .refused(url: url, status: status)
    case CC_UNTRUSTED: throw .untrusted(url: url, what: what)
    default: throw .connection(url: url, what: what)
    }
  }

  /// With the texts as C has them.
  private func perform(_ transfer: inout cc_transfer) -> cc_outcome {
    unsafe url.withCString { url in
      unsafe agent.withCString { agent in
        unsafe transfer.url = url
        unsafe transfer.agent = agent
        // OpenSSL's own name for it, and that of the command curl.
        unsafe transfer.authorities = UnsafePointer(
          getenv("SSL_CERT_FILE") ?? getenv("CURL_CA_BUNDLE"))
        return unsafe cc_get(&transfer)
      }
    }
  }
}
