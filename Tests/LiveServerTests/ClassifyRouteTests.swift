import Basics
import Classification
import Foundation
import Imaging
import Inference
import LiveServer
import TestSupport
import Testing

/// `POST /classify`: who gets a record, and what those get who should not.
@Suite("Images that are sent", .timeLimit(.minutes(10)))
struct ClassifyRouteTests {
  private static func classifier(_ fixture: ModelFixture = ModelFixture(.mmrlPlusPlus)) throws
    -> Classifier
  {
    try Classifier(Engine(fixture.reader(), threads: 2))
  }

  /// Calls `body` with a server that classifies images; without a classifier they wait.
  private func with(
    sources: [String] = [], token: String? = nil, limits: LiveServer.Limits = Stage.limits,
    hasClassifier: Bool = true, _ change: (inout ImageQueue.Configuration) -> Void = { _ in },
    _ body: (Stage, ImageQueue) throws -> Void
  ) throws {
    var configuration = ImageQueue.Configuration()
    change(&configuration)
    let queue = try ImageQueue(configuration)
    if hasClassifier { queue.use(try Self.classifier()) }
    try Stage.with(sources: sources, token: token, limits: limits, queue: queue) { stage throws in
      try body(stage, queue)
    }
  }

  private static func jpeg(_ index: Int = 1) throws -> [UInt8] { try TeachStage.jpeg(index) }

  /// A PNG file that says it has so many pixels, and has none.
  private static func header(_ side: UInt32) throws -> [UInt8] {
    var bytes = pngFile(width: 1, height: 1) { _, _ in (0, 0, 0) }
    for (offset, shift) in [(16, 24), (17, 16), (18, 8), (19, 0)] {
      bytes[offset] = UInt8(truncatingIfNeeded: side >> UInt32(shift))
      bytes[offset + 4] = bytes[offset]
    }
    var checksum = UInt32.max
    for byte in bytes[12..<29] {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum >> 1 ^ (checksum & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    checksum = ~checksum
    for place in 0..<4 {
      bytes[29 + place] = UInt8(truncatingIfNeeded: checksum >> UInt32(24 - 8 * place))
    }
    return bytes
  }

  private struct Members: Decodable, Equatable {
    struct Label: Decodable, Equatable { var label: String, score: Float, logit: Float }
    var path: String?
    var answer: JSONAnswer?
    var labels: [Label]?
    var known_probability: Float?
    var error: String?
  }

  private func members(_ answer: Client.Answer) throws -> Members {
    #expect(answer.headers["content-type"] == "application/json")
    return try JSONDecoder().decode(Members.self, from: Data(answer.body))
  }

  @Test("The record is that of the file", arguments: [true, false], [true, false])
  func record(isBesideOthers: Bool, isPNG: Bool) throws {
    let file =
      isPNG
      ? pngFile(width: 50, height: 40) { (UInt8($0 * 5), UInt8($1 * 6), UInt8($0 ^ $1)) }
      : try Self.jpeg()
    var style = RecordStyle()
    style.explains = true
    style.top = 3
    let wanted = try withTemporaryDirectory { folder in
      try Data(file).write(to: URL(filePath: folder + "/a"))
      var configuration = ImagePipeline.Configuration()
      configuration.style = style
      let list = ImageList(
        [PathName(folder + "/a")], names: nil, recursively: false, lookingIntoAll: false)
      let record = try ImagePipeline(list, Self.classifier(), configuration).next()[0]
      var members = try JSONDecoder().decode(Members.self, from: Data(record.json.utf8))
      #expect(members.path != nil)
      members.path = nil
      return members
    }
    try with {
      $0.isBesideOthers = isBesideOthers
      $0.style = style
    } _: { stage, _ throws in
      for type in ["image/jpeg", "image/png", "application/octet-stream", "IMAGE/PNG; a=b"] {
        let answer = try stage.client().classify(file, type: type)
        #expect(answer.status == 200)
        #expect(try members(answer) == wanted)
      }
    }
  }

  @Test("A part is looked at as that of a file, and another model answers from then on")
  func partAndModel() throws {
    try with {
      $0.region = ImageRegion("0.25,0.25,0.5,0.5")
    } _: { stage, queue throws in
      let file = try Self.jpeg()
      let client = try stage.client()
      let part = try members(client.classify(file))
      let other = try Self.classifier(ModelFixture(.clip, knownLabels: 1, novelLabels: 0))
      queue.use(other)
      #expect(try members(client.classify(file)).labels?.map(\.label) == ["known 0"])
      let whole = try Self.classifier()
      queue.use(whole)
      #expect(try members(client.classify(file)) == part)
      #expect(whole.preprocessing.region == nil)
    }
    try with { stage, _ throws in
      let file = try Self.jpeg()
      let client = try stage.client()
      let whole = try members(client.classify(file))
      #expect(whole.labels?.count == 5 && whole.known_probability == nil)
    }
  }

  @Test("What is wrong with a file is said, by a status of its own")
  func badFiles() throws {
    let jpeg = try Self.jpeg()
    let cases: [([UInt8], Int, String)] = [
      ([], 422, "empty"), (Array(jpeg.prefix(jpeg.count / 2)), 422, "truncated"),
      (Array(jpeg.prefix(20)), 422, "JPEG"), (try Self.header(100_000), 413, "10000 megapixels"),
      (try Self.header(5), 422, "PNG"), (try Self.header(0), 422, "PNG"),
      (Array("GIF89a".utf8), 415, "GIF"), (Array("RIFF....WEBP".utf8), 415, "WebP"),
      (Array("<script>alert(1)</script>".utf8), 415, "neither JPEG nor PNG"),
      ([UInt8](repeating: 0, count: 1 << 16), 415, "neither JPEG nor PNG"),
      ([0xFF, 0xD8, 0xFF] + [UInt8](repeating: 0xFF, count: 10_000), 422, "JPEG"),
    ]
    try with {
      $0.reading.remedy = { _ in "here is how" }
    } _: { stage, _ throws in
      let client = try stage.client()
      for (file, status, words) in cases {
        let answer = try client.classify(file)
        #expect(answer.status == status, "\(words): \(answer.text)")
        let error = try #require(try members(answer).error)
        #expect(error.contains(words) && error.hasSuffix("(here is how)"), "\(error)")
      }
      // The connection, and the next image, are none the worse for it.
      #expect(try client.classify(jpeg).status == 200)
    }
  }

  @Test("Nobody without the token, no page of another site, nothing but images, only POST")
  func access() throws {
    try with(token: Stage.token) { stage, _ throws in
      let file = try Self.jpeg()
      for wrong in [nil, "correct-horse-batterx", "x"] {
        let answer = try stage.client().classify(file, token: wrong)
        #expect(answer.status == 401 && answer.headers["www-authenticate"] != nil)
        #expect(try members(answer).error != nil)
      }
      let query = "/classify?token=\(Stage.token)"
      #expect(try stage.client().classify(file, target: query).status == 401)
      for header in [
        "Origin: https://evil.example", "Origin: null", "Origin: http://localhost:9", "Origin: ",
        "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site",
      ] {
        let answer = try stage.client().classify(
          file, token: Stage.token, headers: ["Host: localhost", header])
        #expect(answer.status == 403, "\(header)")
      }
      for type in [
        "text/plain", "multipart/form-data", "image/webp", "application/json", "", "*/*",
      ] {
        let answer = try stage.client().classify(file, type: type, token: Stage.token)
        #expect(answer.status == 415, "\(type)")
        #expect(try members(answer).error?.contains("image/png") == true)
      }
      let packed = try stage.client().classify(
        file, token: Stage.token, headers: ["Host: localhost", "Content-Encoding: gzip"])
      #expect(packed.status == 415)
      #expect(
        try stage.client().classify(file, token: Stage.token, headers: ["Host: evil.example"])
          .status == 421)
      let authorised = ["Host: localhost", "Authorization: Bearer \(Stage.token)"]
      for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"] {
        let answer = try stage.get("/classify", method: method, headers: authorised)
        #expect(answer.status == 405 && answer.headers["allow"] == "POST", "\(method)")
      }
      for target in [
        "/classify/", "//classify", "/CLASSIFY", "/classify%00", "/classify/../x", "/x/../classify",
        "/classify%2F..%2F..%2Fetc%2Fpasswd",
      ] {
        let status = try stage.client().classify(file, target: target, token: Stage.token).status
        #expect(status == 404, "\(target): \(status)")
      }
      let answer = try stage.client().classify(file, target: "/%63lassify", token: Stage.token)
      #expect(answer.status == 200)
      let own = ["Host: localhost:8080", "Origin: http://localhost:8080"]
      #expect(try stage.client().classify(file, token: Stage.token, headers: own).status == 200)
    }
    try Stage.with { stage throws in
      #expect(try stage.client().classify(Self.jpeg()).status == 404)
    }
  }

  @Test("Who is refused is told before the body comes; large and slow bodies are not waited for")
  func bodies() throws {
    var limits = Stage.limits
    limits.imageBytes = 100_000
    limits.requestTime = 1
    try with(token: Stage.token, limits: limits) { stage, _ throws in
      let start = "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
      let head = start + "Authorization: Bearer \(Stage.token)\r\n"
      for (head, length, status) in [
        (start, 90_000, 401), (head, 100_001, 413), (head, 1_000_000_000_000, 413),
      ] {
        let client = try stage.client()
        client.send(head + "Content-Length: \(length)\r\n\r\n")
        #expect(try client.answer().status == status)
        #expect(client.waitForEnd())
      }
      let endless = try stage.client()
      endless.send(head + "Transfer-Encoding: chunked\r\n\r\n")
      let chunk = String(repeating: "x", count: 0x1000)
      for _ in 0..<25 { endless.send("1000\r\n\(chunk)\r\n") }
      #expect(try endless.answer().status == 413)
      #expect(endless.waitForEnd())
      let slow = try stage.client()
      slow.send(head + "Content-Length: 50000\r\n\r\n")
      slow.send([0xFF, 0xD8, 0xFF])
      #expect(slow.waitForEnd() && slow.pending.isEmpty)
      let waiting = try stage.client()
      let file = try Self.jpeg()
      waiting.send(head + "Expect: 100-continue\r\nContent-Length: \(file.count)\r\n\r\n")
      #expect(try waiting.answer(hasBody: false).status == 100)
      waiting.send(file)
      #expect(try waiting.answer().status == 200)
      let unwanted = try stage.client()
      unwanted.send(start + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
      #expect(try unwanted.answer().status == 401)
      let chunked = try stage.client()
      chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n")
      for byte in file {
        chunked.send("1\r\n")
        chunked.send([byte, 13, 10])
      }
      chunked.send("0\r\n\r\n")
      #expect(try chunked.answer().status == 200)
    }
  }

  @Test("The bytes of all images that are here at once have a limit, and are given back")
  func room() throws {
    var limits = Stage.limits
    limits.imageBytesInAll = 100_000
    try with(limits: limits) { stage, _ throws in
      let head =
        "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        + "Content-Length: 80000\r\n\r\n"
      let first = try stage.client()
      first.send(head)
      first.send([UInt8](repeating: 1, count: 79_999))
      // Of each connection 4 KB are read in turn: then all of that has come.
      for _ in 0..<60 { #expect(try stage.get("/healthz").status == 200) }
      let refused = try stage.client().classify([UInt8](repeating: 1, count: 80_000))
      #expect(refused.status == 503 && refused.headers["retry-after"] == "1")
      first.send([1])
      #expect(try first.answer().status == 415)
      for _ in 0..<5 {
        #expect(
          try stage.client().classify([UInt8](repeating: 1, count: 80_000)).status == 415)
        // Of one that goes away in the middle, too.
        let gone = try stage.client()
        gone.send(head)
        gone.send([UInt8](repeating: 1, count: 50_000))
        gone.endSending()
        #expect(gone.waitForEnd())
      }
    }
  }

  @Test("Few images wait, none for long, and those that are here get their answer in the end")
  func queue() throws {
    let file = try Self.jpeg()
    try with(hasClassifier: false, { $0.room = 2 }) { stage, queue throws in
      let waiting = try (0..<2).map { _ in try stage.client() }
      for client in waiting { client.sendImage(file) }
      var refused: Client.Answer?
      try stage.eventually("there is no room") {
        let client = try stage.client()
        client.sendImage(file)
        // One of those before may not have come yet.
        guard client.hasAnswer(within: 300) else {
          client.endSending()
          return false
        }
        refused = try client.answer()
        return true
      }
      #expect(refused?.status == 503 && refused?.headers["retry-after"] == "1")
      // Others are served meanwhile.
      #expect(try stage.get("/healthz").status == 200)
      queue.use(try Self.classifier())
      for client in waiting { #expect(try client.answer().status == 200) }
    }
    var limits = Stage.limits
    limits.imageTime = 0.5
    try with(limits: limits, hasClassifier: false, { $0.room = 1 }) { stage, queue throws in
      for _ in 0..<2 {
        let answer = try stage.client().classify(file)
        #expect(answer.status == 503 && answer.text.contains("too long"))
      }
      queue.use(try Self.classifier())
      #expect(try stage.client().classify(file).status == 200)
    }
  }

  @Test("Beside cameras there is a limit of images in a time; alone there is none")
  func rate() throws {
    let file = Array("x".utf8)
    func statuses(_ sources: [String]) throws -> Set<Int> {
      var seen: Set<Int> = []
      try with(sources: sources) { stage, _ throws in
        let client = try stage.client()
        for _ in 0..<300 where !seen.contains(429) {
          let answer = try client.classify(file)
          seen.insert(answer.status)
          if answer.status == 429 { #expect(answer.headers["retry-after"] == "1") }
        }
      }
      return seen
    }
    #expect(try statuses([]) == [415])
    #expect(try statuses(["cam"]) == [415, 429])
  }

  @Test("Without cameras there is nothing to see, and all is well")
  func alone() throws {
    try with { stage, _ throws in
      #expect(try stage.get("/frame.jpg").status == 404)
      #expect(try stage.get("/history").status == 200)
      for target in ["/", "/healthz", "/v2/health/ready", "/metrics"] {
        #expect(try stage.get(target).status == 200)
      }
    }
  }
}
