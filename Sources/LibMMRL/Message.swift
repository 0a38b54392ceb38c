internal import CMMRL
internal import Glibc
internal import MMRL

/// A C string of a handle.
@safe
final class CText: @unchecked Sendable {
  // Sendable: it is written here only.
  let start: UnsafeMutablePointer<CChar>

  init(_ text: String) {
    let bytes = text.utf8CString
    unsafe start = .allocate(capacity: bytes.count)
    // A zero within would end it early, and say less than there is; it harms nobody.
    for (index, byte) in bytes.enumerated() { unsafe start[index] = byte }
  }

  deinit { unsafe start.deallocate() }
}

/// What the last call that failed said, thread by thread.
enum Message {
  /// The thread's own place; what is there goes when the thread ends.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let code = unsafe pthread_key_create(&key) { text in
      if let text = unsafe text { unsafe Unmanaged<CText>.fromOpaque(text).release() }
    }
    precondition(code == 0, "no place for messages is left in this process")
    return key
  }()
  private static let none = CText("")

  /// Of the calling thread.
  static var last: UnsafePointer<CChar> {
    guard let text = unsafe pthread_getspecific(key) else {
      return unsafe UnsafePointer(none.start)
    }
    return unsafe UnsafePointer(
      Unmanaged<CText>.fromOpaque(text).takeUnretainedValue().start)
  }

  /// Keeps what went wrong.
  ///
  /// - Returns: its status.
  static func keep(_ error: MMRLError) -> mmrl_status {
    let old = unsafe pthread_getspecific(key)
    let text = unsafe Unmanaged.passRetained(CText(error.description)).toOpaque()
    if unsafe pthread_setspecific(key, text) == 0 {
      if let old = unsafe old { unsafe Unmanaged<CText>.fromOpaque(old).release() }
    } else {
      unsafe Unmanaged<CText>.fromOpaque(text).release()
    }
    return error.kind.status
  }
}

extension MMRLError.Kind {
  /// Of the header.
  var status: mmrl_status {
    switch self {
    case .argument: MMRL_ARGUMENT
    case .file: MMRL_FILE
    case .model: MMRL_MODEL
    case .picture: MMRL_PICTURE
    }
  }
}

/// Calls `body`; what it throws becomes the thread's message.
func status(of body: () throws(MMRLError) -> Void) -> mmrl_status {
  do throws(MMRLError) {
    try body()
    return MMRL_OK
  } catch {
    return Message.keep(error)
  }
}
