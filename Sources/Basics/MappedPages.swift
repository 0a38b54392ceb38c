internal import CProcess

/// Files that are mapped: what becomes of the process when one is made shorter, or its disk fails, while it is read.
public enum MappedPages {
  /// From now on a page that is gone ends the process with a message that names the file, and status 2; it cannot go on,
  /// since whoever reads mapped bytes has no way to be told.
  ///
  /// - Parameters:
  ///   - bytes: where the file is mapped.
  ///   - path: the file's.
  public static func watch(_ bytes: UnsafeRawBufferPointer, of path: String) {
    let line = Message.line(
      "\(path): was made shorter while it was read, or its disk failed; this run ends here. "
        + "Try again with a file that nobody changes")
    unsafe cp_watch_mapped(bytes.baseAddress, bytes.count, line, 2)
  }

  /// To be called before the bytes are given back.
  public static func forget(_ bytes: UnsafeRawBufferPointer) {
    unsafe cp_forget_mapped(bytes.baseAddress)
  }
}
