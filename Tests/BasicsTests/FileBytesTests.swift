import Basics
import Glibc
import TestSupport
import Testing

@Suite struct FileBytesTests {
  @Test func readsUpToALimit() throws {
    try withTemporaryDirectory { folder in
      let path = PathName("\(folder)/file")
      try ReplacementFile.write("12345", to: path.text)
      #expect(try FileBytes.read(path, limit: 5) == Array("12345".utf8))
      #expect(throws: SystemError(code: EFBIG)) { try FileBytes.read(path, limit: 4) }
      #expect(throws: SystemError(code: ENOENT)) { try FileBytes.read(PathName("\(folder)/no")) }
      #expect(throws: SystemError(code: EISDIR)) { try FileBytes.read(PathName(folder)) }
    }
  }

  @Test func readsAPipeToItsEnd() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    defer { close(reading) }
    let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try DetachedThread.start {
      var done = 0
      while done < bytes.count {
        done += bytes[done...].withUnsafeBytes { write(writing, $0.baseAddress, $0.count) }
      }
      close(writing)
    }
    #expect(try FileBytes.read(PathName("/dev/fd/\(reading)")) == bytes)
  }
}
