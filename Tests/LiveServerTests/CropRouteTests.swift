import Basics
import Foundation
import Imaging
import Live
import LiveSaving
import LiveServer
import TestSupport
import Testing

@Suite("The route of what is looked at")
struct CropRouteTests {
  private struct Part: Codable, Equatable { var x, y, width, height: Double }

  private struct Answer: Decodable, Equatable {
    var camera: String
    var crop: Part?
    var learnt: Part?
  }

  private static let headers = [
    "Host: localhost", "Content-Type: application/json", "Authorization: Bearer \(Stage.token)",
  ]

  private func put(
    _ stage: Stage, _ body: String, headers: [String] = CropRouteTests.headers
  ) throws -> Client.Answer {
    let client = try stage.client()
    client.send(
      "PUT /crop HTTP/1.1\r\n" + headers.map { $0 + "\r\n" }.joined()
        + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
    return try client.answer()
  }

  private func read(_ answer: Client.Answer) throws -> Answer {
    #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
    return try JSONDecoder().decode(Answer.self, from: Data(answer.body))
  }

  private func get(_ stage: Stage, _ query: String = "") throws -> Answer {
    try read(
      stage.get(
        "/crop\(query)", headers: ["Host: localhost", "Authorization: Bearer \(Stage.token)"]))
  }

  private let body = #"{"x": 0.25, "y": 0.125, "width": 0.5, "height": 0.75}"#
  private let part = Part(x: 0.25, y: 0.125, width: 0.5, height: 0.75)

  @Test("It says what is looked at, takes another part, and tells all clients")
  func asking() throws {
    let requests = PartRequests(wake: {})
    try Stage.with(sources: ["a", "b"], token: Stage.token, parts: requests) { stage throws in
      #expect(try get(stage) == Answer(camera: "a"))
      let learnt = try #require(ImageRegion("0,0,0.5,0.5"))
      stage.server.note(.looks(LookedAt(region: .whole)), of: 0)
      stage.server.note(.looks(LookedAt(region: learnt, learnt: learnt)), of: 1)
      let whole = Part(x: 0, y: 0, width: 1, height: 1)
      let half = Part(x: 0, y: 0, width: 0.5, height: 0.5)
      #expect(try get(stage) == Answer(camera: "a", crop: whole))
      #expect(try get(stage, "?camera=b") == Answer(camera: "b", crop: half, learnt: half))

      let client = try stage.client()
      _ = try client.get("/events", headers: Self.headers)
      try #require(client.wait(for: "event: status"))
      let expected = Answer(camera: "b", crop: part, learnt: half)
      let asked = try put(
        stage, #"{"camera": "b", "x": 0.25, "y": 0.125, "width": 0.5, "height": 0.75}"#)
      #expect(try read(asked) == expected)
      #expect(try get(stage, "?camera=1") == expected)
      let region = try #require(ImageRegion("0.25,0.125,0.5,0.75"))
      #expect(requests.last == [1: region])
      try #require(
        client.wait(for: #""crop":{"height":0.75,"width":0.5,"x":0.25,"y":0.125}"#))
      #expect(try read(put(stage, body)) == Answer(camera: "a", crop: part))
      #expect(requests.last == [0: region, 1: region])
    }
  }

  @Test(
    "What is no part is refused, and changes nothing",
    arguments: [
      (#"{"x": 0.5, "y": 0, "width": 0.6, "height": 1}"#, 400),
      (#"{"x": -0.1, "y": 0, "width": 0.5, "height": 1}"#, 400),
      (#"{"x": 0, "y": 0, "width": 0.001, "height": 1}"#, 400),
      (#"{"x": 0, "y": 0, "width": 0, "height": 0}"#, 400),
      (#"{"x": 0, "y": 0, "width": 1e308, "height": 1}"#, 400),
      (#"{"x": 0, "y": 0, "width": 1e999, "height": 1}"#, 400),
      (#"{"x": 0, "y": 0, "width": 1}"#, 400), (#"{"x": "0", "y": 0}"#, 400),
      (#"{"x": null, "y": 0, "width": 1, "height": 1}"#, 400), ("[0, 0, 1, 1]", 400), ("", 400),
      ("{", 400), (#"{"camera": 1, "x": 0, "y": 0, "width": 1, "height": 1}"#, 400),
      (#"{"camera": "<script>", "x": 0, "y": 0, "width": 1, "height": 1}"#, 404),
      (#"{"camera": "../x", "x": 0, "y": 0, "width": 1, "height": 1}"#, 404),
      (String(repeating: "[", count: 70_000), 413),
    ])
  func wrong(body: String, status: Int) throws {
    let requests = PartRequests(wake: {})
    try Stage.with(token: Stage.token, parts: requests) { stage throws in
      let answer = try put(stage, body)
      #expect(answer.status == status, "\(answer.text)")
      #expect(answer.headers["content-type"] == "application/json")
      #expect(requests.last.isEmpty)
    }
  }

  @Test("Only who has the token may ask, and no page of another site")
  func access() throws {
    let requests = PartRequests(wake: {})
    let plain = ["Host: localhost", "Content-Type: application/json"]
    try Stage.with(token: Stage.token, parts: requests) { stage throws in
      #expect(try put(stage, body, headers: plain).status == 401)
      #expect(try put(stage, body, headers: plain + ["Authorization: Bearer x"]).status == 401)
      for header in ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"] {
        #expect(try put(stage, body, headers: Self.headers + [header]).status == 403)
      }
      let text = Self.headers.map { $0.replacing("application/json", with: "text/plain") }
      #expect(try put(stage, body, headers: text).status == 415)
      #expect(try stage.get("/crop?token=\(Stage.token)", method: "DELETE").status == 405)
      #expect(try stage.get("/?token=\(Stage.token)").text.contains("class=\"crop\""))
    }
    // Where there is none, nobody may; what is looked at is seen all the same.
    try Stage.with(parts: requests) { stage throws in
      let refused = try put(stage, body, headers: plain)
      #expect(refused.status == 403 && refused.text.contains("token"))
      stage.server.note(.looks(LookedAt(region: .whole)), of: 0)
      #expect(try read(stage.get("/crop")).crop != nil)
      #expect(try !stage.get("/").text.contains("class=\"crop\""))
    }
    #expect(requests.last.isEmpty)
    try Stage.with(sources: [], token: Stage.token) { stage throws in
      #expect(try put(stage, body).status == 404)
    }
  }

  @Test("While it is taught, a model that looks at a part of its photos looks at no other one")
  func taught() throws {
    let requests = PartRequests(wake: {})
    try TeachStage.with(parts: requests) { stage throws in
      #expect(try put(stage.stage, body).status == 200)
      let own = try #require(ImageRegion("0.25,0.125,0.5,0.75"))
      stage.stage.server.note(.looks(LookedAt(region: own, learnt: own)), of: 0)
      let answer = try put(stage.stage, #"{"x": 0, "y": 0, "width": 1, "height": 1}"#)
      #expect(answer.status == 409 && answer.text.contains("learnt from a part"))
      #expect(try put(stage.stage, body).status == 200 && requests.last == [0: own])
    }
  }

  @Test("A picture that becomes a photo shows what was looked at, also one that is kept")
  func photos() throws {
    try withTemporaryDirectory { folder in
      let name = "2026-11-29T06-41-00.000Z_cam_1"
      try Data(TeachStage.jpeg(1)).write(to: URL(filePath: "\(folder)/\(name).jpg"))
      let record =
        #"{"source": "a", "sequence": 1, "time": "2026-11-29T06:41:00.000Z", "kept": ["every"], "#
        + #""crop": "0.5,0,0.5,0.5"}"#
      try Data(record.utf8).write(to: URL(filePath: "\(folder)/\(name).json"))
      let saved = try SavedFolder(folder, .init())
      try TeachStage.with(saved: saved) { stage throws in
        stage.stage.server.show(
          ShownFrame(
            sequence: 2, .jpeg(try TeachStage.jpeg(2)), part: ImageRegion("0,0,0.25,1")), of: 0)
        stage.stage.publish(2, isChange: true)
        let answer = try stage.post(
          "/teach/sort", "{\"ids\": [1], \"saved\": [\"\(name)\"], \"label\": \"mug\"}")
        #expect(answer.status == 200, "\(answer.text)")
        var decoder = ImageDecoder()
        let sides = try stage.files().filter { $0.hasSuffix(".jpg") }.map { file -> [Int] in
          let bytes = FileManager.default.contents(atPath: "\(stage.folder)/\(file)") ?? Data()
          let image = try decoder.decode(Array(bytes)).image
          return [image.width, image.height]
        }
        #expect(Set(sides) == [[8, 24], [16, 12]])
        // What is kept and seen is the whole picture.
        #expect(try stage.get("/saved/picture?name=\(name)").body == (try TeachStage.jpeg(1)))
        #expect(try stage.get("/history/picture?id=1").body == (try TeachStage.jpeg(2)))
      }
    }
  }
}
