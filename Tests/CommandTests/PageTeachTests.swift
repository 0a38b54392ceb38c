import Foundation
import Imaging
import ModelFile
import TestSupport
import Testing

/// `mmrl-run --serve ... --teach FOLDER`: labels taught over HTTP by what a stream shows.
@Suite("mmrl-run --teach", .timeLimit(.minutes(10)))
struct PageTeachTests {
  private static let token = "0123456789abcdef"

  /// How things are, as far as it matters here.
  private struct Report: Decodable {
    struct Label: Decodable { var label: String, photos: Int }
    struct Collecting: Decodable { var taken: Int, ending: String? }
    struct Progress: Decodable { var done: Int }
    struct Lesson: Decodable { var photos: Int }
    var labels: [Label]
    var collecting: Collecting?
    var learning: Progress?
    var lesson: Lesson?
    var error: String?
    var isLearnt: Bool
  }

  /// A program that is taught.
  private final class School {
    let run: LiveRun
    let port: Int
    private let photos: String
    private var count = 0

    init(_ album: Album, _ arguments: String...) throws {
      unlink(album.folder + "/stream")
      photos = album.folder + "/taught"
      let run = try LiveRun(
        album,
        [
          "--serve", "127.0.0.1:0", "--token", PageTeachTests.token, "--teach",
          album.folder + "/taught",
        ] + arguments)
      self.run = run
      let address = #/serving at http://127\.0\.0\.1:([0-9]+)//#
      try run.wait(for: "an address") { run.messages.contains(address) }
      let match = try #require(run.messages.firstMatch(of: address))
      let number = Int(match.1)
      port = try #require(number)
    }

    /// Shows a frame of a kind, which differs from the ones before, and waits for its record.
    @discardableResult
    func show(_ kind: Int) throws -> LiveJSON {
      count += 1
      try run.send(PageTeachTests.jpeg(kind, count))
      return try #require(run.records(count).last)
    }

    func report() throws -> Report {
      let answer = try Client(port: port).get(
        "/teach",
        headers: ["Host: localhost", "Authorization: Bearer \(PageTeachTests.token)"])
      return try JSONDecoder().decode(Report.self, from: Data(answer.body))
    }

    @discardableResult
    func post(_ target: String, _ body: String = "{}") throws -> Client.Answer {
      try Client(port: port).post(target, body, token: PageTeachTests.token)
    }

    /// Sends an image.
    func classify(_ file: [UInt8]) throws -> SentJSON {
      let answer = try Client(port: port).classify(file, token: PageTeachTests.token)
      return try JSONDecoder().decode(SentJSON.self, from: Data(answer.body))
    }

    /// Holds something up until enough pictures are taken.
    func collect(_ label: String, kind: Int) throws {
      let answer = try post("/teach/collect", "{\"label\": \"\(label)\", \"count\": 6}")
      try #require(answer.status == 200, "\(answer.text)")
      var report = try report()
      while report.collecting?.ending == nil {
        try show(kind)
        report = try self.report()
      }
      #expect(report.collecting?.ending == "done" && report.collecting?.taken == 6)
    }

    /// Learns, while frames go on to be classified.
    func learn() throws -> Report {
      let answer = try post("/teach/learn")
      try #require(answer.status == 200, "\(answer.text)")
      var report = try report()
      while report.learning != nil {
        try show(0)
        report = try self.report()
      }
      // What was learnt is taken before the next frame; one may have been on its way.
      try show(0)
      return report
    }

    /// Waits until what is learnt at the start has been, or cannot be.
    func learnt() throws -> Report {
      while true {
        let report = try report()
        if report.isLearnt || report.error != nil { return report }
        usleep(20_000)
      }
    }

    /// The sides of a label's photos.
    func sides(of label: String) throws -> Set<[Int]> {
      let folder = photos + "/" + label
      var decoder = ImageDecoder()
      return Set(
        try FileManager.default.contentsOfDirectory(atPath: folder).map { name in
          let bytes = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
          let image = try decoder.decode(Array(bytes)).image
          return [image.width, image.height]
        })
    }

    /// Has another part looked at.
    func look(at part: String) throws -> Client.Answer {
      let sides = zip(["x", "y", "width", "height"], part.split(separator: ","))
      let body = "{" + sides.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}"
      let client = try Client(port: port)
      client.send(
        "PUT /crop HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          + "Authorization: Bearer \(PageTeachTests.token)\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
      return try client.answer()
    }

    func end() throws {
      run.endStream()
      let result = try run.end()
      #expect(result.status == 0, "\(result.messages)")
    }
  }

  /// Stripes across or along, of other shades for each index.
  fileprivate static func jpeg(_ kind: Int, _ index: Int) throws -> [UInt8] {
    var pixels: [UInt8] = []
    for y in 0..<40 {
      for x in 0..<40 {
        let stripe = UInt8((kind == 0 ? x : y) / 5 % 2 * 180 + index % 8 * 9)
        pixels += [stripe, kind == 0 ? stripe : 40, UInt8(index % 5 * 9)]
      }
    }
    return try JPEGEncoder().encode(Image(width: 40, height: 40, pixels: pixels), quality: 90)
  }

  private let model = ModelFixture(.clip, knownLabels: 0, novelLabels: 4)

  @Test("Two labels are taught over HTTP: the answers change, and are the same after a restart")
  func teaching() throws {
    try Album.with(model.withText(contextLength: 48)) { album in
      var school = try School(album, "--every-frame")
      #expect(try school.show(0).labels.allSatisfy { $0.set == "novel" })
      try school.collect("novel 1", kind: 0)
      // One label alone cannot be told from others.
      var report = try school.learn()
      #expect(report.error?.contains("alone") == true && report.lesson == nil)
      #expect(try school.show(0).best().set == "novel")
      try school.collect("a new name", kind: 1)
      report = try school.learn()
      #expect(report.error == nil && report.lesson?.photos == 12 && report.isLearnt)
      func check(_ school: School) throws {
        for (kind, label) in [(0, "novel 1"), (1, "a new name"), (0, "novel 1")] {
          let best = try school.show(kind).best()
          #expect(best.label == label && best.set == "known")
          // Images that are sent are answered by the same model.
          let sent = try school.classify(Self.jpeg(kind, 99))
          #expect(sent.answer?.label == label && sent.answer?.set == "known")
        }
      }
      try check(school)
      #expect(school.run.messages.contains("taught 12 photos of 2 labels"))
      let base = FileManager.default.contents(atPath: album.model)
      try school.end()

      // From the first frame on.
      school = try School(album, "--every-frame", "--ignore", "a new name")
      try check(school)
      #expect(try school.learnt().lesson?.photos == 12)
      // The same again takes nothing's place.
      try school.show(0)
      #expect(!school.run.messages.contains("replaced"))
      // Another base model is taught at once.
      let replaced = album.folder + "/new.mmrl"
      try ModelFixture(.clip, knownLabels: 0, novelLabels: 6).withText(contextLength: 48)
        .write(to: replaced)
      try #require(rename(replaced, album.model) == 0)
      while !school.run.messages.contains("the model: replaced, now 7 labels") {
        try school.show(0)
      }
      try school.end()

      // The file of the taught model does without the folder.
      let photo = try album.file("photo.jpg", Self.jpeg(1, 3))
      let alone = try Executable.mmrlRun.run(
        ["--model", album.folder + "/taught/taught.mmrl", "--format", "jsonl", photo])
      #expect(try alone.records.first?.answer?.label == "a new name")
      #expect(base != FileManager.default.contents(atPath: album.model))
    }
  }

  @Test("Photos show what is looked at when they are taken, and are learnt as they are")
  func parts() throws {
    try Album.with(model) { album in
      var school = try School(album, "--every-frame", "--crop", "0.25,0,0.5,1")
      try school.collect("novel 1", kind: 0)
      #expect(try school.sides(of: "novel 1") == [[20, 40]])
      let answer = try school.look(at: "0,0.25,1,0.75")
      #expect(answer.status == 200, "\(answer.text)")
      try school.run.wait(for: "a line about it") {
        school.run.messages.contains("the part 0,0.25,1,0.75 is looked at now")
      }
      try school.collect("novel 2", kind: 1)
      #expect(try school.sides(of: "novel 2") == [[40, 30]])
      #expect(try school.learn().lesson?.photos == 12)
      #expect(school.run.messages.contains("taught 12 photos of 2 labels"))
      #expect(try school.look(at: "0,0.25,1,1").status == 400)
      try school.end()

      // It was for that run alone.
      school = try School(album, "--every-frame")
      try school.show(0)
      let whole = try Client(port: school.port).get(
        "/crop", headers: ["Host: localhost", "Authorization: Bearer \(Self.token)"])
      #expect(whole.text.contains(#""crop":{"height":1,"width":1,"x":0,"y":0}"#))
      try school.end()
    }
  }

  @Test("A model that looks at a part of its photos is taught by that part, and by no other")
  func learntPart() throws {
    var fixture = model
    fixture.manifest.preprocessing.region = .init(x: 0.25, y: 0, width: 0.5, height: 1)
    try Album.with(fixture) { album in
      let refused = try Executable.mmrlRun.run([
        "--model", album.model, "--stream", "/dev/null", "--serve", "0", "--token", Self.token,
        "--teach", album.folder + "/taught", "--crop", "0,0,0.5,0.5",
      ])
      #expect(refused.status == 2, "\(refused.messages)")
      #expect(refused.messages.contains("learnt from the part 0.25,0,0.5,1"))
      let school = try School(album, "--every-frame", "--crop", "0.25,0,0.5,1")
      try school.collect("novel 1", kind: 0)
      // It takes the part out by itself.
      #expect(try school.sides(of: "novel 1") == [[40, 40]])
      let answer = try school.look(at: "0,0,1,1")
      #expect(answer.status == 409 && answer.text.contains("learnt from a part"))
      try school.collect("novel 2", kind: 1)
      #expect(try school.learn().lesson?.photos == 12)
      #expect(school.run.messages.contains("taught 12 photos of 2 labels"))
      try school.end()
    }
  }

  @Test("What is taught is undone, and the base model's file stays as it is")
  func undoing() throws {
    try Album.with(model) { album in
      let before = FileManager.default.contents(atPath: album.model)
      // What was taught by photos that have been moved away.
      let earlier = album.folder + "/taught/taught.mmrl"
      try FileManager.default.createDirectory(
        atPath: album.folder + "/taught", withIntermediateDirectories: true)
      try FileManager.default.copyItem(atPath: album.model, toPath: earlier)
      let school = try School(album, "--every-frame")
      #expect(FileManager.default.contents(atPath: earlier) == before)
      // A model without a text tower takes no new names.
      let refused = try school.post("/teach/collect", #"{"label": "a new name"}"#)
      #expect(refused.status == 409 && refused.text.contains("text tower"))
      try school.collect("novel 1", kind: 0)
      try school.collect("novel 2", kind: 1)
      #expect(try school.learn().lesson != nil)
      #expect(try school.show(0).best().set == "known")
      for _ in 0..<2 { #expect(try school.post("/teach/undo").status == 200) }
      #expect(try !school.report().isLearnt)
      let report = try school.learn()
      #expect(report.lesson == nil && report.error == nil && report.labels.isEmpty)
      #expect(try school.show(0).best().set == "novel")
      #expect(FileManager.default.contents(atPath: album.model) == before)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: album.folder + "/taught")
          .filter { !$0.hasPrefix(".") } == [])
      try school.end()
    }
  }

  @Test("A folder that cannot be learnt from leaves the model as it is, and says why")
  func badFolder() throws {
    try Album.with(model) { album in
      let label = album.folder + "/taught/novel 1"
      try FileManager.default.createDirectory(atPath: label, withIntermediateDirectories: true)
      try Data(Self.jpeg(0, 1)).write(to: URL(filePath: label + "/1.jpg"))
      // A label that an option is about may be one that is yet to be taught.
      let school = try School(
        album, "--every-frame", "--ignore", "a new name", "--threshold", "another=0.5")
      #expect(school.run.messages.contains("--ignore: there is no label a new name"))
      #expect(school.run.messages.contains("--threshold: there is no label another"))
      #expect(school.run.messages.contains("the model answers as it is without"))
      #expect(try school.learnt().error?.contains("alone") == true)
      #expect(school.run.messages.contains("stays as it was"))
      #expect(try school.show(0).best().set == "novel")
      // Two programs would be in each other's way.
      let second = try Executable.mmrlRun.run([
        "--model", album.model, "--stream", "/dev/null", "--serve", "0", "--token", Self.token,
        "--teach", album.folder + "/taught",
      ])
      #expect(second.status == 2 && second.messages.contains("another program"))
      try school.end()
    }
  }

  @Test(arguments: [
    (["--teach", "x"], "--serve"), (["--teach", "x", "--serve", "0"], "--token"),
    (["--teach", "", "--serve", "0", "--token", token], "--teach takes"),
    (["--teach", "x", "--serve", "0", "--token", token, "--label", "mug"], "exclude"),
    (["--teach", "x", "--serve", "0", "--token", token, "--labels", "known"], "exclude"),
  ])
  func wrongUsage(options: [String], what: String) throws {
    let result = try Executable.mmrlRun.run(["--stream", "/dev/null"] + options)
    #expect(result.status == 64)
    #expect(result.messages.contains(what))
  }

  @Test("What can never be taught is refused at the start, as is what would overwrite its model")
  func refusedAtTheStart() throws {
    try Album.with(ModelFixture(.mmrlPlusPlus)) { album in
      func start(_ model: String, _ folder: String) throws -> Executable.Result {
        try Executable.mmrlRun.run([
          "--model", model, "--stream", "/dev/null", "--serve", "0", "--token", Self.token,
          "--teach", folder,
        ])
      }
      var result = try start(album.model, album.folder + "/a/b")
      #expect(result.status == 2 && result.messages.contains("a/b"))
      try #require(try ModelReader(path: album.model).manifest.statistics == nil)
      result = try start(album.model, album.folder + "/taught")
      #expect(result.status == 2 && result.messages.contains("discriminant"))
      try FileManager.default.createDirectory(
        atPath: album.folder + "/own", withIntermediateDirectories: true)
      let own = album.folder + "/own/taught.mmrl"
      try FileManager.default.copyItem(atPath: album.model, toPath: own)
      let foreign = album.folder + "/foreign"
      try FileManager.default.createDirectory(atPath: foreign, withIntermediateDirectories: true)
      try Data("a letter".utf8).write(to: URL(filePath: foreign + "/taught.mmrl"))
      let teachable = album.folder + "/base.mmrl"
      try model.write(to: teachable)
      result = try start(teachable, foreign)
      #expect(result.status == 2 && result.messages.contains("is no model"))
      #expect(
        FileManager.default.contents(atPath: foreign + "/taught.mmrl") == Data("a letter".utf8))
      result = try start(own, album.folder + "/own")
      #expect(result.status == 2 && result.messages.contains("what --teach writes"))
      #expect(FileManager.default.fileExists(atPath: own))
    }
  }
}
