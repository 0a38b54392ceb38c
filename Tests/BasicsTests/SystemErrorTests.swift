import Basics
import Glibc
import Testing

@Suite struct SystemErrorTests {
  @Test func hasTheSystemsWords() {
    #expect("\(SystemError(code: ENOENT))" == "No such file or directory")
    errno = EACCES
    #expect(SystemError.last == SystemError(code: EACCES))
  }
}
