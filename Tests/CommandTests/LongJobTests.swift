import Foundation
import TestSupport
import Testing

@Suite("mmrl-run on long jobs")
struct LongJobTests {
  /// Records without what differs from run to run.
  private func plain(_ path: String) throws -> [JSONRecord] {
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    return try lines.dropFirst().map { line in
      var record = try JSONRecord(String(line))
      record.ms = nil
      return record
    }
  }

  /// Adds images that differ, and one that is none.
  private func fill(_ album: Album, _ count: Int) throws {
    for index in 0..<count {
      try album.addImage("\(index % 3)/\(index).png", seed: UInt64(index))
    }
    try album.add("1/broken.png", [1, 2, 3])
  }

  @Test(
    "Killed again and again, --resume loses no record, makes none twice, and ends with those of one run"
  )
  func kills() throws {
    try Album.with { album in
      try fill(album, 40)
      let (whole, broken) = (album.folder + "/whole.jsonl", album.folder + "/broken.jsonl")
      let words = ["--threads", "2", "-r", album.photos]
      let array = album.folder + "/broken.npy"
      let result = try album.run(["--resume", whole] + words)
      #expect(result.status == 1 && result.output.isEmpty)
      let expected = try plain(whole)
      #expect(expected.count == 41 && expected.count { $0.error != nil } == 1)
      // Each run is killed when it has written some lines more.
      var kills = 0
      for round in 1...200 {
        let process = try Executable.mmrlRun.process(
          ["--model", album.model, "--resume", broken, "--features", array] + words)
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer {
          kill(process.processIdentifier, SIGKILL)
          process.waitUntilExit()
        }
        func lines() -> Int {
          let data = (try? Data(contentsOf: URL(fileURLWithPath: broken))) ?? Data()
          return data.count { $0 == UInt8(ascii: "\n") }
        }
        while process.isRunning, lines() <= 6 * round { usleep(200) }
        if !process.isRunning { break }
        kills += 1
      }
      #expect(kills > 0)
      let last = try album.run(
        ["--resume", broken, "--features", array] + words)
      #expect(last.status == 1, "\(last.messages)")
      #expect(try plain(broken) == expected)
      let bytes = try Data(contentsOf: URL(fileURLWithPath: array))
      #expect(String(decoding: bytes[10..<128], as: UTF8.self).contains("'shape': (41, "))
      // The rows of two runs are the same bits.
      let once = album.folder + "/once.npy"
      let features = try album.run(["--format", "jsonl", "--features", once] + words)
      #expect(features.status == 1)
      #expect(try Data(contentsOf: URL(fileURLWithPath: once)) == bytes)
    }
  }

  @Test("A job that is done has nothing left to do, and new files are classified behind the others")
  func doneJob() throws {
    try Album.with { album in
      for name in ["a.png", "c.png"] { try album.addImage(name) }
      let path = album.folder + "/out.jsonl"
      for _ in 0..<2 {
        let result = try album.run("--resume", path, album.photos)
        #expect(result.status == 0, "\(result.messages)")
        #expect(try plain(path).map(\.name) == ["a.png", "c.png"])
      }
      let first = try String(contentsOfFile: path, encoding: .utf8).prefix { $0 != "\n" }
      #expect(first.hasPrefix("{\"job\":{\"inputs\":[\"\(album.photos)\"],"))
      try album.addImage("b.png")
      #expect(try album.run("--resume", path, album.photos).status == 0)
      #expect(try plain(path).map(\.name) == ["a.png", "c.png", "b.png"])
      // Records that are taken out are made again.
      let kept =
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        .filter { !$0.contains("c.png") }.joined(separator: "\n") + "\n"
      try kept.write(toFile: path, atomically: false, encoding: .utf8)
      let again = try album.run("--resume", path, album.photos)
      #expect(again.messages.contains("goes on behind 2 records"))
      #expect(try plain(path).map(\.name) == ["a.png", "b.png", "c.png"])
    }
  }

  @Test("A list on stdin is gone on with, too, and may have nothing left")
  func list() throws {
    try Album.with { album in
      for name in ["a.png", "b.png"] { try album.addImage(name) }
      let path = album.folder + "/out.jsonl"
      for names in [["a.png"], ["a.png", "b.png"], ["a.png", "b.png"]] {
        let input = names.map { "\(album.photos)/\($0)\n" }.joined()
        let result = try album.run("--resume", path, "-", input: input)
        #expect(result.status == 0, "\(result.messages)")
        #expect(try plain(path).map(\.name) == names)
      }
    }
  }

  @Test("A file that other options, another model or no job has made is refused, and stays")
  func refusals() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let path = album.folder + "/out.jsonl"
      #expect(try album.run("--resume", path, album.photos).status == 0)
      let before = try Data(contentsOf: URL(fileURLWithPath: path))
      let other = album.folder + "/other.mmrl"
      try ModelFixture(.clip).write(to: other)
      for (words, message) in [
        (["--top", "2", album.photos], "not with --top 2"),
        (["--shard", "0/2", album.photos], "not with --shard 0/2"),
        ([album.photos + "/"], "not of \(album.photos)/"),
        (["--model", other, album.photos], "with another model"),
      ] {
        let result = try album.run(["--resume", path] + words)
        #expect(result.status == 2 && result.messages.contains(message), "\(result.messages)")
      }
      let image = try album.run("--resume", album.photos + "/a.png", album.photos)
      #expect(image.status == 2 && image.messages.contains("no run of this kind"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
      // Nothing to classify leaves nothing.
      let (nothing, empty) = (album.folder + "/nothing.jsonl", album.folder + "/empty")
      try FileManager.default.createDirectory(
        atPath: empty, withIntermediateDirectories: true)
      let none = try album.run("--resume", nothing, empty)
      #expect(none.status == 2 && none.messages.contains("no images in"))
      #expect(!FileManager.default.fileExists(atPath: nothing))
    }
  }

  @Test(
    "What makes no sense together is refused",
    arguments: [
      (["a.png", "--resume", "x", "-o", "y"], "exclude each other"),
      (["a.png", "--resume", "x", "--format", "csv"], "writes jsonl"),
      (["a.png", "--resume", ""], "takes the name of a file"),
      (["a.png", "--resume", "x", "--features", "x"], "both name x"),
      (["a.png", "-o", "x", "--features", "x"], "both name x"),
      (["--stream", "-", "--resume", "x"], "about image files"),
      (["--camera", "/dev/video0", "--shard", "0/2"], "about image files"),
      (["--stream", "-", "--features", "x"], "about image files"),
      (["a.png", "--shard", "2/2"], "0/8 to 7/8"), (["a.png", "--shard", "a/2"], "0/8 to 7/8"),
      (["a.png", "--shard", "kubernetes"], "kubernetes/8"),
      (["a.png", "--shard", "slurm"], "$SLURM_ARRAY_TASK_ID is not set"),
    ] as [([String], String)])
  func nonsense(_ arguments: [String], _ words: String) throws {
    let result = try Executable.mmrlRun.run(arguments)
    #expect(result.status == 64, "\(result.messages)")
    #expect(result.messages.contains(words), "\(result.messages)")
  }

  @Test("Parts by number, by Slurm and by Kubernetes hold each image once")
  func shards() throws {
    try Album.with { album in
      try fill(album, 24)
      func names(_ shard: String, _ environment: [String: String] = [:]) throws -> [String] {
        let result = try Executable.mmrlRun.run(
          ["--model", album.model, "--format", "jsonl", "-r", "--shard", shard, album.photos],
          environment: environment)
        #expect(result.status < 2, "\(result.messages)")
        return try result.records.map(\.name)
      }
      let parts = try (0..<3).map { try names("\($0)/3") }
      #expect(parts.flatMap(\.self).count == 25 && Set(parts.flatMap(\.self)).count == 25)
      for index in 0..<3 {
        let array = [
          "SLURM_ARRAY_TASK_ID": "\(5 + 2 * index)", "SLURM_ARRAY_TASK_MIN": "5",
          "SLURM_ARRAY_TASK_MAX": "9", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_STEP": "2",
        ]
        #expect(try names("slurm", array) == parts[index])
        #expect(try names("slurm/3", ["SLURM_ARRAY_TASK_ID": "\(index)"]) == parts[index])
        #expect(try names("kubernetes/3", ["JOB_COMPLETION_INDEX": "\(index)"]) == parts[index])
      }
      // One task of an array that is started again is not all of it.
      let again = try Executable.mmrlRun.run(
        ["--shard", "slurm", album.photos],
        environment: [
          "SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_MIN": "7", "SLURM_ARRAY_TASK_MAX": "7",
          "SLURM_ARRAY_TASK_COUNT": "1", "SLURM_ARRAY_TASK_STEP": "1",
        ])
      #expect(again.status == 64 && again.messages.contains("--shard slurm/8"))
    }
  }

  @Test("A part without images is no failure, and --resume leaves its file all the same")
  func emptyShard() throws {
    try Album.with { album in
      try album.addImage("a.png")
      let parts = try (0..<4).map { index in
        let path = album.folder + "/\(index).jsonl"
        let result = try album.run("--resume", path, "--shard", "\(index)/4", album.photos)
        #expect(result.status == 0, "\(result.messages)")
        return try plain(path).count
      }
      #expect(parts.sorted() == [0, 0, 0, 1])
    }
  }

  @Test(
    "Features are unit rows in the order of the records, as an array that appears when it is complete"
  )
  func features() throws {
    try Album.with { album in
      try album.addImage("a.png")
      try album.add("b.png", [])
      try album.addImage("c.png", seed: 3)
      let path = album.folder + "/out.npy"
      let result = try album.run("--format", "jsonl", "--features", path, album.photos)
      #expect(result.status == 1)
      #expect(try result.records.map(\.name) == ["a.png", "b.png", "c.png"])
      let rows = try NumPyArray(path).rows
      #expect(rows.count == 3 && rows[1].allSatisfy(\.isNaN))
      for row in [rows[0], rows[2]] {
        #expect(abs(row.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
      }
      #expect(rows[0] != rows[2])
      let refused = try album.run("--features", album.photos + "/a.png", album.photos)
      #expect(refused.status == 64 && refused.messages.contains("is a file that is read"))
      let nowhere = try album.run("--features", album.folder + "/no/x.npy", album.photos)
      #expect(nowhere.status == 2 && nowhere.messages.contains("No such file"))
    }
  }
}

/// A float32 array of two dimensions, as another program would read it.
private struct NumPyArray {
  var rows: [[Float]] = []

  init(_ path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let length = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    let header = String(decoding: bytes[10..<length], as: UTF8.self)
    let shape = try #require(header.firstMatch(of: /'shape': \((\d+), (\d+)\)/))
    let columns = try #require(Int(shape.2))
    var offset = length
    for _ in 0..<(try #require(Int(shape.1))) {
      rows.append(
        (0..<columns).map { column in
          let start = offset + 4 * column
          let bits = (0..<4).reduce(UInt32(0)) {
            $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1)
          }
          return Float(bitPattern: bits)
        })
      offset += 4 * columns
    }
    #expect(offset == bytes.count)
  }
}
