import Basics
import Glibc

/// A regular file mapped read-only: pages come in when touched and can be given back.
///
/// The only place of this module that holds a pointer. The mapping never changes after `init`, so the class is
/// `Sendable`. When another program shortens the file meanwhile, the process ends with a message (`MappedPages`).
@safe final class MappedFile: Sendable {
  let path: String
  let count: Int
  /// Immutable, and only read through; nil for an empty file, which cannot be mapped.
  private nonisolated(unsafe) let base: UnsafeMutableRawPointer?

  init(path: String) throws(CheckpointError) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path: path, call: "open", errno: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw .system(path: path, call: "fstat", errno: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unsupported(path: path, what: "is not a regular file")
    }
    self.path = path
    count = Int(status.st_size)
    guard count > 0 else {
      unsafe base = nil
      return
    }
    let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard unsafe address != MAP_FAILED else {
      throw .system(path: path, call: "mmap", errno: errno)
    }
    unsafe base = address
    unsafe MappedPages.watch(UnsafeRawBufferPointer(start: address, count: count), of: path)
  }

  deinit {
    guard let base = unsafe base else { return }
    unsafe MappedPages.forget(UnsafeRawBufferPointer(start: base, count: count))
    unsafe munmap(base, count)
  }

  /// Lends the bytes of `range`, which must lie in the file.
  func withBytes<R>(_ range: Range<Int>, _ body: (RawSpan) -> R) -> R {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "range outside the file")
    let bytes = unsafe UnsafeRawBufferPointer(
      start: base.map { unsafe UnsafeRawPointer($0) + range.lowerBound }, count: range.count)
    return body(unsafe bytes.bytes)
  }

  /// Lets the system take back the pages of `range`; they are read again when touched.
  func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    guard let base = unsafe base, start < range.upperBound else { return }
    unsafe madvise(base + start, range.upperBound - start, MADV_DONTNEED)
  }
}
