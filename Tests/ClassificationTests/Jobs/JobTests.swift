import Basics
import Classification
import Foundation
import Glibc
import Testing
import TestSupport

@Suite("Jobs that are gone on with")
struct JobTests {
  private static let description = JobDescription(
    program: "test 1", model: "abc", inputs: ["photos"], options: ["--top", "3"])

  /// A record without an image of its own.
  private static func record(_ path: String, _ value: Float? = 1) -> Record {
    guard let value else { return Record(origin: .file(path), outcome: .failure("no \"image\"")) }
    var labels = Record.Labels(labels: [], milliseconds: 1)
    labels.feature = [value, -value]
    return Record(origin: .file(path), outcome: .labels(labels))
  }

  private static func append(_ records: [Record], to job: Job) throws {
    try job.append(records, records.flatMap { Array(JSONFormat().text(of: $0).utf8) })
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The names of those of some files that a job has no records of.
  private func left(_ paths: [String], of job: Job) -> [String] {
    var selection = ImageSelection()
    selection.done = job.file.done
    var list = ImageList(
      paths.map { PathName($0) }, recursively: false, selection: selection, lookahead: 2)
    var names: [String] = []
    while case .image(let path)? = list.next() { names.append(path.text) }
    return names
  }

  @Test("Cut off at any byte, a file is gone on with behind its last whole line")
  func anyByte() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/out.jsonl"
      let paths = ["a.png", "b \"q\" \\.png", "c.png", "ü.png"]
      do {
        let job = try Job(path, Self.description)
        #expect(job.file.found.records == 0 && job.file.done == nil)
        #expect(!FileManager.default.fileExists(atPath: path))
        try job.begin()
        try Self.append(paths.map { Self.record($0, $0 == "c.png" ? nil : 1) }, to: job)
        try job.sync()
      }
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
      #expect(ends.count == 5)
      for length in 0...whole.count {
        try whole.prefix(length).write(to: URL(fileURLWithPath: path))
        do {
          let job = try Job(path, Self.description)
          let lines = ends.count { $0 < length }
          #expect(job.file.found.records == max(0, lines - 1), "\(length)")
          #expect(job.file.found.failures == (lines > 3 ? 1 : 0))
          let rest = left(paths, of: job)
          #expect(rest == Array(paths.dropFirst(max(0, lines - 1))), "\(length)")
          try job.begin()
          try Self.append(rest.map { Self.record($0, $0 == "c.png" ? nil : 1) }, to: job)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole, "\(length)")
      }
    }
  }

  @Test("Zeros that a disk without power has left are made again, with all behind them")
  func zeros() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/out.jsonl"
      do {
        let job = try Job(path, Self.description)
        try job.begin()
        try Self.append(["a", "b", "c"].map { Self.record($0) }, to: job)
      }
      let lines = try text(path).split(separator: "\n")
      let torn = [lines[0], lines[1], Substring(String(repeating: "\0", count: 9)), lines[3], ""]
      try torn.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
      do {
        let job = try Job(path, Self.description)
        #expect(job.file.found.records == 1)
        #expect(job.file.found.remains == 10 + lines[3].utf8.count + 1)
      }
      // What was never of ours is not taken for that.
      let edited = [lines[0], lines[1], "x", lines[3], ""]
      try edited.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
      #expect(throws: JobFileError.damaged(path, line: 3)) { try Job(path, Self.description) }
    }
  }

  @Test("Files that came or went, and records that were taken out, are neither lost nor made twice")
  func changes() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/out.jsonl"
      do {
        let job = try Job(path, Self.description)
        try job.begin()
        try Self.append(["b", "c", "c", "e"].map { Self.record($0) }, to: job)
      }
      let job = try Job(path, Self.description)
      #expect(left(["b", "c", "c", "e", "f"], of: job) == ["f"])
      #expect(left(["a", "b", "c", "c", "e"], of: job) == ["a"])
      #expect(left(["c", "e", "c", "c", "d"], of: job) == ["c", "d"])
      #expect(left(["e"], of: job) == [])
    }
  }

  @Test("Another job's file, another file, a pipe and one that is being written are refused")
  func refusals() throws {
    try withTemporaryDirectory { folder in
      let path = folder + "/out.jsonl"
      let job = try Job(path, Self.description)
      try job.begin()
      #expect(throws: JobFileError.inUse(path)) { try Job(path, Self.description) }
      let copy = folder + "/copy.jsonl"
      try FileManager.default.copyItem(atPath: path, toPath: copy)
      func refusal(_ change: (inout JobDescription) -> Void) -> String {
        var other = Self.description
        change(&other)
        do { _ = try Job(copy, other) } catch { return "\(error)" }
        return ""
      }
      #expect(refusal { $0.options = [] }.contains("with --top 3, not with no options"))
      #expect(refusal { $0.model = "abd" }.contains("another model"))
      #expect(refusal { $0.inputs = ["more"] }.contains("of photos, not of more"))
      #expect(refusal { $0.program = "test 2" }.contains("by test 1, and this is test 2"))
      #expect(refusal { _ in }.isEmpty)
      for (name, text) in [
        ("records", "{\"path\": \"a\"}\n"), ("text", "x"), ("job", "{\"job\":3}\n"),
      ] {
        let other = "\(folder)/\(name)"
        try text.write(toFile: other, atomically: false, encoding: .utf8)
        #expect(throws: JobFileError.notJob(other)) { try Job(other, Self.description) }
        #expect(try self.text(other) == text)
      }
      try #require(mkfifo(folder + "/pipe", 0o600) == 0)
      #expect(throws: JobFileError.notRegular(folder + "/pipe")) {
        try Job(folder + "/pipe", Self.description)
      }
      // Till then it holds the lock.
      withExtendedLifetime(job) {}
    }
  }

  private func values(_ path: String) throws -> [Float] {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))).dropFirst(128)
    return stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) }
      return Float(bitPattern: bits)
    }
  }

  @Test("Rows of features stay those of the records, however far a killed run came")
  func features() throws {
    try withTemporaryDirectory { folder in
      let (path, array) = (folder + "/out.jsonl", folder + "/out.npy")
      let features = (path: array, columns: 2)
      do {
        let job = try Job(path, Self.description, features: features)
        try job.begin()
        try Self.append([Self.record("a", 1), Self.record("b", nil)], to: job)
        try job.sync()
        #expect(throws: FeatureFileError.inUse(array)) {
          try Job(folder + "/other.jsonl", Self.description, features: features)
        }
        // Behind what the header states.
        try Self.append([Self.record("c", 3)], to: job)
      }
      let header = [UInt8](try Data(contentsOf: URL(fileURLWithPath: array)).prefix(128))
      #expect(header.prefix(10) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
      let stated = String(decoding: header.dropFirst(10), as: UTF8.self)
      #expect(
        stated.hasPrefix("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"))
      #expect(stated.hasSuffix(" \n"))
      let (lines, rows) = (
        try Data(contentsOf: URL(fileURLWithPath: path)),
        try Data(contentsOf: URL(fileURLWithPath: array))
      )
      // A half line, and half a row more than records; then fewer rows than records.
      for (lineBytes, rowBytes, records) in [(0, 0, 3), (5, 0, 2), (5, 5, 2), (0, 3, 2)] {
        try lines.dropLast(lineBytes).write(to: URL(fileURLWithPath: path))
        try rows.dropLast(rowBytes).write(to: URL(fileURLWithPath: array))
        do {
          let job = try Job(path, Self.description, features: features)
          #expect(job.file.found.records == records, "\(lineBytes), \(rowBytes)")
          try job.begin()
          if records < 3 { try Self.append([Self.record("c", 3)], to: job) }
          try job.sync()
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == lines)
        let found = try values(array)
        #expect(found.count == 6 && found[2].isNaN && found[3].isNaN)
        #expect([found[0], found[1], found[4], found[5]] == [1, -1, 3, -3])
      }
    }
  }

  @Test("Records without their rows, or rows without their records, are refused")
  func unequalFiles() throws {
    try withTemporaryDirectory { folder in
      let (path, array) = (folder + "/out.jsonl", folder + "/out.npy")
      do {
        let job = try Job(path, Self.description, features: (array, 2))
        try job.begin()
        try Self.append(["a", "b"].map { Self.record($0) }, to: job)
        try job.sync()
      }
      #expect(throws: FeatureFileError.other(array)) {
        try Job(path, Self.description, features: (array, 3))
      }
      let (lines, rows) = (
        try text(path), try Data(contentsOf: URL(fileURLWithPath: array))
      )
      let fewer = lines.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
      try fewer.write(toFile: path, atomically: false, encoding: .utf8)
      #expect(throws: UnequalFiles.self) { try Job(path, Self.description, features: (array, 2)) }
      try lines.write(toFile: path, atomically: false, encoding: .utf8)
      try FileManager.default.removeItem(atPath: array)
      #expect(throws: UnequalFiles.self) { try Job(path, Self.description, features: (array, 2)) }
      try rows.dropLast(8).write(to: URL(fileURLWithPath: array))
      #expect(throws: FeatureFileError.other(array)) {
        try Job(path, Self.description, features: (array, 2))
      }
      #expect(try text(path) == lines)
    }
  }
}
