import Foundation
import TestSupport
import Testing

/// A model file that is replaced while mmrl-run answers by it.
@Suite("mmrl-run and a model that is replaced", .timeLimit(.minutes(10)))
struct ReloadTests {
  private static var replaced: Regex<(Substring, Substring)> {
    /model\.mmrl: replaced, now ([0-9]+) labels?\n/
  }
  private static let refused = "the old model stays, since the new one cannot be used"

  private func replace(_ album: Album, by fixture: ModelFixture) throws {
    let path = album.folder + "/new.mmrl"
    try fixture.write(to: path)
    try #require(rename(path, album.model) == 0)
  }

  /// Feeds a frame at a time, each of which must have a record, until something is true; the records.
  private func feed(
    _ run: LiveRun, from first: Int, until condition: ([LiveJSON]) -> Bool
  ) throws -> [LiveJSON] {
    var records: [LiveJSON] = []
    var count = first
    repeat {
      try run.send(LiveFrames.jpeg(count % 5))
      count += 1
      records = try run.records(count)
    } while !condition(records)
    #expect(records.map(\.sequence) == Array(1...count))
    #expect(records.allSatisfy { $0.dropped == 0 })
    return records
  }

  @Test("It takes the new file between two frames, whatever size and labels that has")
  func replacement() throws {
    try Album.with { album in
      let run = try LiveRun(album, "--every-frame", "--top", "9")
      let before = try feed(run, from: 0) { _ in true }
      #expect(before[0].labels.count == 5)
      try replace(
        album,
        by: ModelFixture(.clip, imageSize: 48, knownLabels: 4, novelLabels: 3, seed: 7))
      let during = try feed(run, from: 1) { _ in run.messages.contains(Self.replaced) }
      #expect(during.allSatisfy { $0.labels.count == 5 || $0.labels.count == 7 })
      let after = try feed(run, from: during.count) { _ in true }
      #expect(after.last?.labels.count == 7)
      #expect(run.messages.firstMatch(of: Self.replaced)?.1 == "7")
      // Once the new one has answered, it is the only one.
      let counts = after.map(\.labels.count)
      #expect(counts == counts.sorted())
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }

  @Test("A new file that is damaged or lacks labels leaves the old model, and is told of once")
  func damage() throws {
    try Album.with { album in
      let run = try LiveRun(album, "--every-frame", "--top", "9")
      var count = try feed(run, from: 0) { _ in true }.count
      let broken = album.folder + "/broken.mmrl"
      try Data("no model".utf8).write(to: URL(fileURLWithPath: broken))
      try #require(rename(broken, album.model) == 0)
      count = try feed(run, from: count) { _ in run.messages.contains(Self.refused) }.count
      #expect(run.messages.contains("\(album.model): not an .mmrl model file"))

      try replace(album, by: ModelFixture(.clip, knownLabels: 0, novelLabels: 0))
      count = try feed(run, from: count) { _ in run.messages.contains("no labels") }.count
      let records = try feed(run, from: count) { _ in true }
      #expect(records.allSatisfy { $0.labels.count == 5 })

      try replace(album, by: ModelFixture(.clip, knownLabels: 1, novelLabels: 0))
      count = try feed(run, from: records.count) { _ in run.messages.contains(Self.replaced) }.count
      #expect(try feed(run, from: count) { _ in true }.last?.labels.map(\.label) == ["known 0"])
      #expect(run.messages.ranges(of: Self.refused).count == 2)
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }

  @Test("A new file that lacks a label of an option leaves the old model, and says which")
  func lackingLabel() throws {
    try Album.with { album in
      let run = try LiveRun(
        album, "--every-frame", "--top", "9", "--ignore", "Known_2", "--threshold", "novel 0=0.1")
      var count = try feed(run, from: 0) { _ in true }.count
      try replace(album, by: ModelFixture(.clip, knownLabels: 2, novelLabels: 1))
      count = try feed(run, from: count) { _ in run.messages.contains(Self.refused) }.count
      #expect(run.messages.contains("--ignore: there is no label Known_2"))
      try replace(album, by: ModelFixture(.clip, knownLabels: 3, novelLabels: 0))
      count = try feed(run, from: count) { _ in run.messages.contains("--threshold: ") }.count
      #expect(try feed(run, from: count) { _ in true }.last?.labels.count == 5)
      try replace(album, by: ModelFixture(.clip, knownLabels: 3, novelLabels: 1))
      count = try feed(run, from: count + 1) { _ in run.messages.contains(Self.replaced) }.count
      #expect(try feed(run, from: count) { _ in true }.last?.labels.count == 4)
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }

  @Test("SIGHUP has it read the file again, fifty times while frames come, and no engine stays")
  func hangUp() throws {
    try Album.with { album in
      let run = try LiveRun(album, "--every-frame", "--top", "9", "--threads", "3")
      var count = try feed(run, from: 0) { _ in true }.count
      let threads = try self.threads(of: run)
      for round in 1...50 {
        let labels = 1 + round % 4
        try replace(album, by: ModelFixture(.clip, knownLabels: labels, novelLabels: 0))
        run.signal(SIGHUP)
        count = try feed(run, from: count) { $0.last?.labels.count == labels }.count
      }
      #expect(run.messages.matches(of: Self.replaced).count >= 50)
      // Each engine has threads of its own.
      try run.wait(for: "the end of all old engines") { try self.threads(of: run) == threads }
      run.endStream()
      #expect(try run.end().status == 0)
    }
  }

  private func threads(of run: LiveRun) throws -> Int {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(run.identifier)/task").count
  }
}
