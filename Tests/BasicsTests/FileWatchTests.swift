import Basics
import Glibc
import TestSupport
import Testing

@Suite struct FileWatchTests {
  /// A file that is watched, and how often a change was told.
  private struct Watched {
    let path: String
    let watch: FileWatch
    let count = Monitor(0)

    init(_ folder: String) throws {
      path = folder + "/file"
      try ReplacementFile.write("one", to: path)
      watch = try FileWatch(path: path, interval: 0.01)
      try watch.start { [count] in count.with { $0 += 1 } }
    }

    func waitForChange(_ number: Int) { count.when({ $0 >= number }, { _ in }) }
  }

  @Test(.timeLimit(.minutes(10))) func aReplacedFileIsToldOfOnce() throws {
    try withTemporaryDirectory { folder in
      let watched = try Watched(folder)
      for round in 1...20 {
        try ReplacementFile.write("two", to: watched.path)
        watched.waitForChange(round)
      }
      // Many looks later it is still the same one.
      usleep(200_000)
      #expect(watched.count.with { $0 } == 20)
    }
  }

  @Test(.timeLimit(.minutes(10))) func whatIsWrittenInPlaceAndALinkThatIsTurnedAreChanges() throws {
    try withTemporaryDirectory { folder in
      let watched = try Watched(folder)
      let file = try #require(fopen(watched.path, "a"))
      fputs("more", file)
      fclose(file)
      watched.waitForChange(1)

      let (other, link) = (folder + "/other", folder + "/link")
      try ReplacementFile.write("three", to: other)
      try #require(symlink(other, link) == 0)
      try #require(rename(link, watched.path) == 0)
      watched.waitForChange(2)
    }
  }

  @Test(.timeLimit(.minutes(10))) func aFileThatIsGoneIsNoChangeUntilThereIsAnother() throws {
    try withTemporaryDirectory { folder in
      let watched = try Watched(folder)
      try #require(unlink(watched.path) == 0)
      usleep(100_000)
      #expect(watched.count.with { $0 } == 0)
      try ReplacementFile.write("two", to: watched.path)
      watched.waitForChange(1)
    }
  }

  @Test(.timeLimit(.minutes(10))) func itCanBeAskedForWithoutAChange() throws {
    try withTemporaryDirectory { folder in
      let watched = try Watched(folder)
      watched.watch.trigger()
      watched.waitForChange(1)
      watched.watch.trigger()
      watched.waitForChange(2)
    }
  }
}
