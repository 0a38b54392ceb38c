internal import Glibc

/// Whole files in memory.
public enum FileBytes {
  /// No image is larger.
  public static let usualLimit = 1 << 30

  /// The bytes of a file, or of a pipe until it ends.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - limit: the most bytes to take: what has more was named by mistake, or has no end.
  /// - Returns: the bytes; none of an empty file.
  /// - Throws: what the system says; `EFBIG` beyond the limit.
  public static func read(_ path: PathName, limit: Int = usualLimit) throws(SystemError) -> [UInt8]
  {
    let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .last }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    // One byte more than the size: the end is seen without another round.
    let room = isRegular ? min(Int(status.st_size), limit) + 1 : 1 << 16
    var bytes: [UInt8] = []
    while bytes.count <= limit {
      let chunk = try readChunk(descriptor, room: bytes.isEmpty ? room : 1 << 16)
      if chunk.isEmpty { return bytes }
      if bytes.isEmpty {
        bytes = chunk
        if isRegular && chunk.count < room { return bytes }
      } else {
        bytes += chunk
      }
    }
    throw SystemError(code: EFBIG)
  }

  /// The first bytes of a file; fewer only if it has no more.
  ///
  /// Does not wait for a pipe that nobody writes to.
  ///
  /// - Throws: what the system says.
  public static func start(of path: PathName, count: Int) throws(SystemError) -> [UInt8] {
    let descriptor = unsafe path.withCString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw .last }
    defer { close(descriptor) }
    return try readChunk(descriptor, room: count)
  }

  /// Bytes from the middle of a file; fewer only at its end.
  ///
  /// - Throws: what the system says; `EFBIG` where it is more than ``read(_:limit:)`` takes.
  public static func read(
    _ path: PathName, at offset: Int, count: Int
  ) throws(SystemError) -> [UInt8] {
    guard count <= usualLimit else { throw SystemError(code: EFBIG) }
    let (descriptor, _) = try openFile(path)
    defer { close(descriptor) }
    return try read(descriptor, at: offset, count: count)
  }

  /// Opens a file for reading; the caller closes it.
  ///
  /// - Returns: the descriptor, and the file's length.
  /// - Throws: what the system says; `EINVAL` where it is no file.
  public static func openFile(
    _ path: PathName
  ) throws(SystemError) -> (descriptor: Int32, length: Int) {
    let descriptor = unsafe path.withCString {
      unsafe open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    guard descriptor >= 0 else { throw .last }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SystemError(code: EINVAL)
    }
    return (descriptor, Int(status.st_size))
  }

  /// Bytes of an open file from an offset on; fewer only at its end.
  ///
  /// - Throws: what the system says.
  public static func read(
    _ descriptor: Int32, at offset: Int, count: Int
  ) throws(SystemError) -> [UInt8] {
    try unsafe chunk(room: count) { address, room, filled in
      unsafe pread(descriptor, address, room, off_t(offset + filled))
    }
  }

  /// Writes all bytes to an open file: behind what was written last, or at an offset.
  ///
  /// - Throws: what the system says; then some may have been written.
  public static func write(
    _ bytes: RawSpan, to descriptor: Int32, at offset: Int? = nil
  ) throws(SystemError) {
    try unsafe bytes.withUnsafeBytes { buffer throws(SystemError) in
      var done = 0
      while done < buffer.count {
        let address = unsafe buffer.baseAddress?.advanced(by: done)
        let rest = buffer.count - done
        let count =
          if let offset {
            unsafe pwrite(descriptor, address, rest, off_t(offset + done))
          } else { unsafe Glibc.write(descriptor, address, rest) }
        if count >= 0 {
          done += count
        } else if errno != EINTR {
          throw .last
        }
      }
    }
  }

  /// Up to `room` bytes; fewer only at the end.
  private static func readChunk(_ descriptor: Int32, room: Int) throws(SystemError) -> [UInt8] {
    try unsafe chunk(room: room) { address, room, _ in unsafe Glibc.read(descriptor, address, room)
    }
  }

  /// What calls of `read` give, which takes an address, the room there and how many bytes it has given.
  private static func chunk(
    room: Int, _ read: (UnsafeMutableRawPointer?, Int, Int) -> Int
  ) throws(SystemError) -> [UInt8] {
    var failure: SystemError?
    let chunk = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      filled = 0
      while filled < room {
        let got = unsafe read(
          UnsafeMutableRawPointer(buffer.baseAddress?.advanced(by: filled)), room - filled, filled)
        if got > 0 {
          filled += got
        } else if got == 0 {
          return
        } else if errno != EINTR {
          failure = .last
          return
        }
      }
    }
    if let failure { throw failure }
    return chunk
  }
}
