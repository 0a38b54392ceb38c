import Basics
import Capture
import Classification
import Foundation
import Imaging
import Live
import LiveTeaching
import Synchronization
import TestSupport
import Testing

/// What `GET /teach` says.
private struct Report: Decodable {
  struct Label: Decodable, Equatable {
    var label: String
    var photos: Int
  }
  struct Collecting: Decodable {
    var label: String
    var taken: Int
    var alike: Int
    var damaged: Int
    var ending: String?
  }
  struct Progress: Decodable { var done: Int, total: Int }
  struct Lesson: Decodable { var photos: Int }
  var labels: [Label]
  var collecting: Collecting?
  var learning: Progress?
  var lesson: Lesson?
  var error: String?
  var isLearnt: Bool
  var undo: String?
  var isEnoughToTrain: Bool
}

@Suite("Teaching a running model")
struct TeacherTests {
  /// A teacher of a folder, asked one thing after the other.
  private struct School {
    let teacher: Teacher

    func ask(_ command: TeachingCommand) -> Result<TeachingReply, TeachingError> {
      let answer = Monitor<Result<TeachingReply, TeachingError>?>(nil)
      teacher.perform(command) { result in answer.with { $0 = result } }
      return answer.when({ $0 != nil }) { $0 ?? .failure(TeachingError(.system, "")) }
    }

    func report(_ command: TeachingCommand = .report) throws -> Report {
      guard case .json(let text) = try ask(command).get() else {
        throw TeachingError(.system, "no JSON")
      }
      return try JSONDecoder().decode(Report.self, from: Data(text.utf8))
    }

    /// Shows frames as the loop does, until a condition holds.
    func show(
      _ frames: (Int) throws -> ShownFrame, source: Int = 0, until condition: (Report) -> Bool
    ) throws -> Report {
      var count = 0
      for _ in 0..<6000 {
        if teacher.wantsFrames(of: source) {
          teacher.show(try frames(count), of: source)
          count += 1
        }
        _ = teacher.step()
        let report = try report()
        if condition(report) { return report }
        usleep(5000)
      }
      Issue.record("what was awaited has not come")
      return try report()
    }
  }

  private func with(
    patience: Double = 3600, refusal: @escaping @Sendable (String) -> String? = { _ in nil },
    learn: @escaping @Sendable ((Int, Int) -> Void) throws -> Lesson? = { _ in nil },
    first: Result<Lesson?, TeachingError> = .success(nil),
    _ body: (School, String) throws -> Void
  ) throws {
    try withTemporaryDirectory { folder in
      let photos = folder + "/photos"
      let learning = Learning(
        output: photos + "/taught.mmrl", learn: learn, text: { "because: \($0)" }, refusal: refusal)
      let teacher = try Teacher(
        try PhotoStore(folder: photos), learning, first: first, names: ["cup", "saw"],
        patience: patience)
      defer { teacher.stop() }
      try body(School(teacher: teacher), photos)
    }
  }

  /// A frame that differs from one of another number.
  private func pixels(_ index: Int) -> Image {
    var pixels: [UInt8] = []
    for y in 0..<48 {
      for x in 0..<64 {
        let value = UInt8(truncatingIfNeeded: (x / 8 * 31 + y / 8 * 57) * (index + 1))
        pixels += [value, value / 2, 255 - value]
      }
    }
    return Image(width: 64, height: 48, pixels: pixels)
  }

  private func jpeg(_ index: Int) throws -> ShownFrame {
    ShownFrame(sequence: UInt32(index), .jpeg(try JPEGEncoder().encode(pixels(index), quality: 90)))
  }

  /// A picture of a second since 1970.
  private func earlier(_ frame: ShownFrame, _ second: Int64) -> EarlierPicture {
    EarlierPicture(time: WallTime(nanoseconds: second * 1_000_000_000)) {
      () throws(TeachingError) in
      try Teacher.photo(of: frame.content, part: frame.part)
    }
  }

  @Test("Pictures are the camera's own files, those that look alike or are damaged are passed over")
  func collecting() throws {
    try with { school, folder in
      #expect(!school.teacher.wantsFrames(of: 0))
      var report = try school.report(.collect(label: "mug", count: 4, source: 0))
      #expect(report.collecting?.ending == nil && report.collecting?.taken == 0)
      #expect(!school.teacher.wantsFrames(of: 1))
      if case .success = school.ask(.collect(label: "saw", count: 4, source: 0)) {
        Issue.record("pictures of two labels at once")
      }
      // Each three times, and then half of one.
      report = try school.show({ count in
        let frame = try jpeg(count / 4)
        guard count % 4 == 3, case .jpeg(let bytes) = frame.content else { return frame }
        return ShownFrame(sequence: 0, .jpeg(Array(bytes.prefix(bytes.count / 2))))
      }) { $0.collecting?.ending != nil }
      #expect(report.collecting?.ending == "done" && report.collecting?.taken == 4)
      #expect(try #require(report.collecting).alike >= 3 && report.collecting?.damaged == 3)
      #expect(report.labels == [.init(label: "mug", photos: 4)])
      #expect(!school.teacher.wantsFrames(of: 0))
      #expect(school.teacher.deadline == nil)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/mug").sorted()
      for (index, file) in files.enumerated() {
        guard case .jpeg(let bytes) = try jpeg(index).content else { continue }
        #expect(FileManager.default.contents(atPath: "\(folder)/mug/\(file)") == Data(bytes))
        #expect(file.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.jpg/) != nil)
      }
      report = try school.report(.undo)
      #expect(report.labels.isEmpty && report.undo == nil)
    }
  }

  @Test("Pictures show what is looked at, each what was looked at then; damaged ones are none")
  func parts() throws {
    let parts = try ["0,0,0.5,1", "0.25,0.5,0.75,0.5"].map { try #require(ImageRegion($0)) }
    try with { school, folder in
      _ = try school.report(.collect(label: "mug", count: 4, source: 0))
      let report = try school.show({ count in
        var frame = try jpeg(count / 2)
        frame.part = parts[count / 2 % 2]
        if count % 2 == 1, case .jpeg(let bytes) = frame.content {
          frame.content = .jpeg(Array(bytes.prefix(bytes.count / 2)))
        }
        return frame
      }) { $0.collecting?.ending != nil }
      #expect(report.collecting?.ending == "done" && report.collecting?.damaged == 3)
      var decoder = ImageDecoder()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/mug").sorted()
      for (index, file) in files.enumerated() {
        let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/mug/\(file)"))
        let image = try decoder.decode(Array(bytes)).image
        let expected = pixels(index).part(parts[index % 2])
        #expect(image.width == expected.width && image.height == expected.height)
        let distance = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }
        #expect(distance.reduce(0, +) < 24 * distance.count)
      }
    }
  }

  @Test("Pixels become files that can be read again")
  func pixelFrames() throws {
    try with { school, folder in
      _ = try school.report(.collect(label: "mug", count: 2, source: 1))
      _ = try school.show({ ShownFrame(sequence: 1, .pixels(pixels($0))) }, source: 1) {
        $0.collecting?.ending == "done"
      }
      var decoder = ImageDecoder()
      for file in try FileManager.default.contentsOfDirectory(atPath: folder + "/mug") {
        let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/mug/\(file)"))
        let image = try decoder.decode(Array(bytes)).image
        #expect(image.width == 64 && image.height == 48)
      }
    }
  }

  @Test("It ends when told, when nothing new is seen, with the stream, and when the label is full")
  func endings() throws {
    try with(patience: 0.5) { school, _ in
      _ = try school.report(.collect(label: "a", count: 20, source: 0))
      let report = try school.show({ _ in try jpeg(1) }) { $0.collecting?.ending != nil }
      #expect(report.collecting?.ending == "nothing new was seen")
      #expect(report.labels == [.init(label: "a", photos: 1)])
    }
    try with { school, _ in
      _ = try school.report(.collect(label: "a", count: 20, source: 0))
      _ = try school.show({ try jpeg($0) }) { $0.collecting?.taken == 2 }
      #expect(try school.report(.stopCollecting).collecting?.ending == "stopped")
      _ = try school.report(.collect(label: "a", count: 20, source: 0))
      school.teacher.note(.ended, of: 1)
      #expect(try school.report().collecting?.ending == nil)
      school.teacher.note(.ended, of: 0)
      #expect(try school.report().collecting?.ending == "the stream has ended")
      // Undoing what is being taken ends it.
      _ = try school.report(.collect(label: "b", count: 20, source: 0))
      _ = try school.show({ try jpeg($0) }) { $0.collecting?.taken == 2 }
      let report = try school.report(.undo)
      #expect(report.collecting?.ending == "stopped")
      #expect(report.labels.map(\.label) == ["a"])
    }
    // A label that is given another name or removed meanwhile does not come back by a picture.
    for (command, left): (TeachingCommand, [String]) in [
      (.renameLabel("c", to: "d"), ["d"]), (.removeLabel("c"), []),
    ] {
      try with { school, _ in
        _ = try school.report(.collect(label: "c", count: 20, source: 0))
        _ = try school.show({ try jpeg($0) }) { $0.collecting?.taken == 2 }
        var report = try school.report(command)
        #expect(report.collecting?.ending == "stopped")
        #expect(!school.teacher.wantsFrames(of: 0))
        school.teacher.show(try jpeg(9), of: 0)
        report = try school.report()
        #expect(report.labels.map(\.label) == left)
      }
    }
  }

  @Test("What the model cannot be taught is refused at once")
  func refusals() throws {
    try with(refusal: { $0 == "zebra" ? "no zebras" : nil }) { school, _ in
      _ = try school.report(.addLabel("mug"))
      for command: TeachingCommand in [
        .addLabel("zebra"), .renameLabel("mug", to: "zebra"),
        .collect(label: "zebra", count: 1, source: 0),
        .keep([earlier(try jpeg(1), 0)], label: "zebra"),
      ] {
        guard case .failure(let error) = school.ask(command) else {
          Issue.record("not refused")
          continue
        }
        #expect(error.kind == .conflict && error.description == "no zebras")
      }
      #expect(try school.report().labels == [.init(label: "mug", photos: 0)])
    }
  }

  @Test("A picture of an earlier moment becomes a photo of that moment, unless it is damaged")
  func keeping() throws {
    try with { school, folder in
      let report = try school.report(
        .keep([earlier(try jpeg(1), 1)], label: "mug"))
      #expect(report.labels == [.init(label: "mug", photos: 1)])
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder + "/mug")
          == ["1970-01-01T00-00-01.000Z.jpg"])
      let damaged = ShownFrame(sequence: 1, .jpeg([1, 2, 3]))
      for pictures in [[damaged], [try jpeg(2), damaged]] {
        if case .success = school.ask(.keep(pictures.map { earlier($0, 0) }, label: "mug")) {
          Issue.record("a damaged picture was kept")
        }
      }
      let two = try school.report(
        .keep([earlier(try jpeg(2), 2), earlier(try jpeg(3), 2)], label: "mug"))
      #expect(
        two.labels == [.init(label: "mug", photos: 3)] && two.undo?.contains("2 photos") == true)
      #expect(try school.report(.undo).labels == [.init(label: "mug", photos: 1)])
    }
  }

  @Test("Learning goes on beside what else is asked, one at a time, and says how far it is")
  func learning() throws {
    let gate = Monitor(0)
    try with(learn: { onPhoto in
      onPhoto(3, 8)
      gate.when({ $0 > 0 }) { $0 -= 1 }
      return nil
    }) { school, _ in
      #expect(try school.report().isLearnt)
      _ = try school.report(.addLabel("mug"))
      #expect(try !school.report().isLearnt)
      #expect(try school.report(.learn).learning != nil)
      let progress = try school.show({ try jpeg($0) }) { $0.learning?.done == 3 }
      #expect(progress.learning?.total == 8)
      if case .success = school.ask(.learn) { Issue.record("two at a time") }
      #expect(try school.report(.addLabel("saw")).labels.count == 2)
      gate.with { $0 += 1 }
      // What has changed meanwhile has yet to be learnt.
      let after = try school.show({ try jpeg($0) }) { $0.learning == nil }
      #expect(!after.isLearnt && after.error == nil)
      gate.with { $0 += 2 }
      school.teacher.learnAgain()
      #expect(try school.report().isLearnt)
    }
  }

  @Test("Why learning failed is said, until it does not")
  func failure() throws {
    struct Reason: Error, CustomStringConvertible { let description = "one label" }
    let fails = Monitor(true)
    try with(
      learn: { _ in
        guard fails.with({ $0 }) else { return nil }
        throw Reason()
      },
      first: .failure(TeachingError(.conflict, "at first"))
    ) { school, _ in
      var report = try school.report()
      #expect(report.error == "at first" && !report.isLearnt)
      _ = try school.report(.learn)
      report = try school.show({ try jpeg($0) }) { $0.learning == nil }
      #expect(report.error == "because: one label")
      fails.with { $0 = false }
      _ = try school.report(.learn)
      report = try school.show({ try jpeg($0) }) { $0.learning == nil }
      #expect(report.error == nil && report.isLearnt)
    }
  }

  @Test(
    "It says when there is enough to train: five photos each of two labels, none not among them")
  func enough() throws {
    try with { school, folder in
      var number = 0
      func keep(_ count: Int, _ label: String) throws -> Report {
        for _ in 0..<count {
          number += 1
          _ = try school.report(
            .keep([earlier(try jpeg(number), 0)], label: label))
        }
        return try school.report()
      }
      for (count, label, isEnough) in [
        (5, "mug", false), (5, "none", false), (4, "saw", false), (1, "saw", true),
      ] {
        let report = try keep(count, label)
        #expect(report.isEnoughToTrain == isEnough, "\(label)")
      }
    }
  }
}
