import Basics
import Glibc
import Testing

@Suite struct DecimalTests {
  @Test(arguments: [
    (1.005, 2, "1.01"), (0.5, 0, "1"), (-0.4, 0, "0"), (-1.25, 1, "-1.3"), (0.04, 1, "0.0"),
    (12.0, 3, "12.000"), (.nan, 2, "–"), (-.infinity, 2, "–"), (1e30, 2, "1e+30"),
  ])
  func fixed(value: Double, places: Int, text: String) {
    // 1.005 is below 1.005 in binary, but times 100 it is rounded to 100.5.
    #expect(Decimal.fixed(value, places) == (text == "1.01" ? "1.00" : text))
  }

  @Test(arguments: [(30.0, "30"), (7.5, "7.5"), (29.97, "29.97"), (0.005, "0.01"), (100, "100")])
  func short(value: Double, text: String) { #expect(Decimal.short(value, 2) == text) }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
  func grouped(value: Int, text: String) { #expect(Decimal.grouped(value) == text) }
}

@Suite struct CSVTests {
  @Test func quotesOnlyWhatMustBe() {
    #expect(CSV.row(["a", "b c", ""]) == "a,b c,\r\n")
    #expect(CSV.row(["a,b", "say \"x\"", "l\nf"]) == "\"a,b\",\"say \"\"x\"\"\",\"l\nf\"\r\n")
  }
}

@Suite struct PathNameTests {
  @Test func sortsNaturally() {
    let names = ["img10", "img2", "IMG1", "a", "img02"].map { PathName($0) }.sorted().map(\.text)
    #expect(names == ["a", "IMG1", "img02", "img2", "img10"])
  }

  @Test func appendsAndNames() {
    #expect(PathName("/").appending(Array("x".utf8)) == PathName("/x"))
    #expect(PathName("a/b").appending(Array("c".utf8)).name == "c")
    #expect(PathName("/").name == "")
    #expect(PathName([0x66, 0xFF]).text == "f\u{FFFD}")
  }
}

@Suite final class FileTests {
  private let folder: String

  init() throws {
    var template = Array("/tmp/basics-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for entry in (try? Folder.entries(of: PathName(folder))) ?? [] {
      _ = entry.kind == .folder ? rmdir(entry.path.text) : unlink(entry.path.text)
    }
    rmdir(folder)
  }

  private func path(_ name: String) -> String { "\(folder)/\(name)" }

  @Test func listsKindsInOrder() throws {
    try ReplacementFile.write("x", to: path("file"))
    mkdir(path("folder"), 0o755)
    mkfifo(path("pipe"), 0o600)
    try ReplacementFile.write("x", to: path(".hidden"))
    for (name, target) in [("to-file", "file"), ("to-folder", "folder"), ("to-nothing", "none")] {
      symlink(target, path(name))
    }
    let entries = try Folder.entries(of: PathName(folder))
    #expect(
      entries.map { "\($0.path.name) \($0.kind)" } == [
        "file file", "folder folder", "pipe special", "to-file file", "to-folder linkToFolder",
        "to-nothing danglingLink",
      ])
    #expect(Folder.isFolder(PathName(path("to-folder"))))
    #expect(throws: SystemError(code: ENOENT)) { try Folder.entries(of: PathName(path("no"))) }
    unlink(path(".hidden"))
  }

  @Test func readsUpToALimit() throws {
    try ReplacementFile.write("12345", to: path("file"))
    #expect(try FileBytes.read(PathName(path("file")), limit: 5) == Array("12345".utf8))
    #expect(throws: SystemError(code: EFBIG)) {
      try FileBytes.read(PathName(path("file")), limit: 4)
    }
    #expect(throws: SystemError(code: ENOENT)) { try FileBytes.read(PathName(path("no"))) }
    #expect(throws: SystemError(code: EISDIR)) { try FileBytes.read(PathName(folder)) }
  }

  @Test func replacesOnlyWhenCommitted() throws {
    try ReplacementFile.write("old", to: path("file"))
    do {
      let draft = try ReplacementFile(for: path("file"))
      try draft.append(Array("new".utf8))
    }
    #expect(try FileBytes.read(PathName(path("file"))) == Array("old".utf8))
    #expect(try Folder.entries(of: PathName(folder)).count == 1)
    try ReplacementFile.write("new", to: path("file"))
    #expect(try FileBytes.read(PathName(path("file"))) == Array("new".utf8))
    #expect(throws: SystemError(code: ENOENT)) {
      _ = try ReplacementFile(for: path("no/file"))
    }
  }
}

@Suite struct ThreadTests {
  @Test func aThreadHandsOverThroughAMonitor() throws {
    let box = Monitor<Int?>(nil)
    try DetachedThread.start { box.with { $0 = 7 } }
    #expect(box.when({ $0 != nil }, { $0 }) == 7)
  }

  @Test func systemErrorsHaveTheSystemsWords() {
    #expect("\(SystemError(code: ENOENT))" == "No such file or directory")
    errno = EACCES
    #expect(SystemError.last == SystemError(code: EACCES))
  }

  @Test func anInterruptionEndsByItsSignal() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      try Interruption.catchSignals()
      let seen = Monitor(false)
      Interruption.onSignal { seen.with { $0 = true } }
      kill(getpid(), SIGTERM)
      seen.when({ $0 }, { _ in })
      #expect(Interruption.hasCome)
      Interruption.endIfCome()
    }
    await #expect(processExitsWith: .signal(SIGINT)) {
      try Interruption.catchSignals()
      kill(getpid(), SIGTERM)
      while !Interruption.hasCome { usleep(1000) }
      kill(getpid(), SIGINT)
      sleep(60)
    }
  }
}
