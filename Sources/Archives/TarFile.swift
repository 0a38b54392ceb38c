import Basics
import Glibc

/// An archive's file while its headers are read.
struct TarFile: ~Copyable {
  private let descriptor: Int32
  let length: Int

  init(_ path: PathName) throws(TarError) {
    let opened: (descriptor: Int32, length: Int)
    do throws(SystemError) {
      opened = try PatientReading.attempt { () throws(SystemError) in
        try FileBytes.openFile(path)
      }
    } catch {
      throw .system(error)
    }
    (descriptor, length) = opened
  }

  deinit { close(descriptor) }

  /// So many bytes at an offset.
  func read(_ count: Int, at offset: Int) throws(TarError) -> [UInt8] {
    do throws(SystemError) {
      let bytes = try PatientReading.attempt { [descriptor] () throws(SystemError) in
        try FileBytes.read(descriptor, at: offset, count: count)
      }
      if bytes.count == count { return bytes }
    } catch {
      throw .system(error)
    }
    throw .damaged(at: offset, "the archive ends there: it was cut off")
  }
}
