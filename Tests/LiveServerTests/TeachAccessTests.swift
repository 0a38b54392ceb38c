import Foundation
import LiveServer
import LiveTeaching
import TestSupport
import Testing

/// Those who must not change anything, and what is no request.
@Suite("Routes that teach, and those who should not")
struct TeachAccessTests {
  static let changes = [
    "/teach/labels/add", "/teach/labels/rename", "/teach/labels/remove", "/teach/photos/delete",
    "/teach/collect", "/teach/stop", "/teach/correct", "/teach/undo", "/teach/learn",
  ]
  static let looks = [
    "/teach", "/teach/names", "/teach/photos?label=mug", "/teach/photo?label=mug&name=1.jpg",
    "/history/picture?id=1",
  ]

  /// Fails unless nothing is changed.
  private func unchanged(_ body: (TeachStage) throws -> Void) throws {
    try TeachStage.with { stage throws in
      #expect(try stage.post("/teach/labels/add", #"{"label": "mug"}"#).status == 200)
      try Data([1]).write(to: URL(filePath: stage.folder + "/mug/1.jpg"))
      _ = try stage.change(1)
      let before = try stage.files()
      try body(stage)
      #expect(try stage.files() == before)
      #expect(stage.lessons.with { $0 } == 0)
      let report = try stage.object(stage.get("/teach"))
      #expect(report["undo"] as? String == "add \"mug\"" && report["collecting"] == nil)
    }
  }

  private let body = #"{"label": "mug", "to": "cup", "names": ["1.jpg"], "id": 1}"#

  @Test("Nobody without the token, and changes need it in the header", arguments: changes)
  func token(target: String) throws {
    try unchanged { stage throws in
      for wrong in [nil, "correct-horse-batterx", "x"] {
        let answer = try stage.post(target, body, token: wrong)
        #expect(answer.status == 401)
        #expect(answer.headers["content-type"] == "application/json")
      }
      #expect(try stage.post("\(target)?token=\(Stage.token)", body, token: nil).status == 401)
    }
  }

  @Test(arguments: looks)
  func looksNeedTheToken(target: String) throws {
    try unchanged { stage throws in
      #expect(try stage.stage.get(target).status == 401)
      let joint = target.contains("?") ? "&" : "?"
      #expect(try stage.stage.get("\(target)\(joint)token=\(Stage.token)").status == 200)
      #expect(try stage.get(target, method: "HEAD").status == 200)
    }
  }

  @Test("Not by looking, nor by another method", arguments: changes)
  func methods(target: String) throws {
    try unchanged { stage throws in
      for method in ["GET", "HEAD"] {
        let answer = try stage.get(target + "?label=mug&to=cup&id=1", method: method)
        #expect(answer.status == 405 && answer.headers["allow"] == "POST")
      }
      for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = try stage.get(target, method: method)
        #expect(answer.status == 405 && answer.headers["allow"] == "POST")
      }
      for target in Self.looks where target != "/teach" && target.hasPrefix("/teach") {
        let answer = try stage.post(target, body)
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
        #expect(try stage.post(target, "", headers: ["Host: localhost"]).status == 405)
      }
      #expect(try stage.post("/teach", body).status == 405)
      #expect(try stage.post("/teach/labels", body).status == 404)
      #expect(try stage.post("/teach/", body).status == 404)
    }
  }

  @Test("Not for pages of other sites, even if they knew the token", arguments: changes)
  func origins(target: String) throws {
    try unchanged { stage throws in
      for header in [
        "Origin: https://evil.example", "Origin: null", "Origin: http://localhost:9",
        "Origin: http://localhost.evil.example", "Origin: http://evil.example/localhost",
        "Origin: localhost", "Origin: http://", "Origin: ", "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site", "Origin: http://localhost@evil.example",
      ] {
        let answer = try stage.post(
          target, body, headers: ["Host: localhost", "Content-Type: application/json", header])
        #expect(answer.status == 403, "\(header)")
      }
      for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""] {
        let answer = try stage.post(
          target, body, headers: ["Host: localhost", "Content-Type: \(type)"])
        #expect(answer.status == 415, "\(type)")
      }
      #expect(try stage.post(target, body, headers: ["Host: localhost"]).status == 415)
    }
  }

  @Test("For our own page, by whatever name it was asked for")
  func ownOrigin() throws {
    try TeachStage.with(hosts: ["cam.example.org"]) { stage throws in
      for headers in [
        ["Host: localhost:8080", "Origin: http://localhost:8080", "Sec-Fetch-Site: same-origin"],
        ["Host: cam.example.org", "Origin: https://cam.example.org"],
        ["Host: localhost", "Origin: https://cam.example.org:8443"],
        ["Host: localhost", "Sec-Fetch-Site: none"],
      ] {
        let answer = try stage.post(
          "/teach/stop",
          headers: headers + ["Content-Type: application/json; charset=utf-8"])
        #expect(answer.status == 200, "\(headers)")
      }
    }
  }

  @Test(
    "What is no JSON object, or lacks a member, or has one of another type",
    arguments: [
      "", "{", "[]", "null", "1", "\"mug\"", "{\"label\": 1}", "{\"label\": null}",
      "{\"label\": {}}", "{\"label\": [\"mug\"]}", "{\"Label\": \"mug\"}", "\u{0}",
      "{\"label\": \"\\ud800\"}", String(repeating: "[", count: 60_000),
      "{\"label\": \"mug\", \"names\": \"1.jpg\"}",
    ])
  func badJSON(body: String) throws {
    try unchanged { stage throws in
      for target in Self.changes
      where !["/teach/stop", "/teach/undo", "/teach/learn"].contains(target) {
        guard !body.contains("names") || target == "/teach/photos/delete" else { continue }
        let answer = try stage.post(target, body)
        #expect(answer.status == 400, "\(target)")
        #expect(try stage.object(answer)["error"] is String)
      }
    }
  }

  @Test(
    "No path leads out of the folder, in whatever it is given",
    arguments: [
      "../x", "..", "/etc", "a/b", ".removed", ".", "", "a\\u0000b", "a\\nb", "mug/../..",
      String(repeating: "x", count: 300), "unknown",
    ])
  func paths(name: String) throws {
    try unchanged { stage throws in
      let bodies = [
        ("/teach/labels/add", "{\"label\": \"\(name)\"}"),
        ("/teach/labels/rename", "{\"label\": \"mug\", \"to\": \"\(name)\"}"),
        ("/teach/labels/rename", "{\"label\": \"\(name)\", \"to\": \"cup\"}"),
        ("/teach/labels/remove", "{\"label\": \"\(name)\"}"),
        ("/teach/photos/delete", "{\"label\": \"mug\", \"names\": [\"\(name)\"]}"),
        ("/teach/photos/delete", "{\"label\": \"\(name)\", \"names\": [\"1.jpg\"]}"),
        ("/teach/collect", "{\"label\": \"\(name)\"}"),
        ("/teach/collect", "{\"label\": \"mug\", \"camera\": \"\(name)\"}"),
        ("/teach/correct", "{\"label\": \"\(name)\", \"id\": 1}"),
      ]
      for (target, body) in bodies {
        let status = try stage.post(target, body).status
        #expect(status == 400 || status == 404, "\(target) \(body): \(status)")
      }
      let encoded = try #require(
        name.replacing("\\u0000", with: "\u{0}").replacing("\\n", with: "\n")
          .addingPercentEncoding(withAllowedCharacters: .alphanumerics))
      for target in [
        "/teach/photos?label=\(encoded)", "/teach/photo?label=\(encoded)&name=1.jpg",
        "/teach/photo?label=mug&name=\(encoded)", "/teach/photo?label=mug%2F..%2Fmug&name=1.jpg",
      ] {
        #expect(try stage.get(target).status == 404, "\(target)")
      }
      for target in ["/teach/photos", "/teach/photo?label=mug", "/teach/photo?name=1.jpg"] {
        #expect(try stage.get(target).status == 400)
      }
    }
  }

  @Test(
    "Odd labels are kept as they are, and said as JSON",
    arguments: [
      "<script>alert(1)<script>", "\u{1F363}", "a \\\"b\\\"", "%2e%2e%2f", "é",
    ])
  func oddLabels(name: String) throws {
    try TeachStage.with { stage throws in
      let answer = try stage.object(
        stage.post("/teach/labels/add", "{\"label\": \"\(name)\"}"))
      let label = name.replacing("\\\"", with: "\"")
      #expect((answer["labels"] as? [[String: Any]])?.first?["label"] as? String == label)
      #expect(try stage.files() == [label])
    }
  }

  @Test("Large bodies are refused before they are read, and slow ones have their time")
  func largeAndSlow() throws {
    var limits = Stage.limits
    limits.requestTime = 1
    try TeachStage.with(limits: limits) { stage throws in
      let head =
        "POST /teach/labels/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + "Authorization: Bearer \(Stage.token)\r\n"
      let stated = try stage.stage.client()
      stated.send(head + "Content-Length: 1000000000000\r\n\r\n")
      #expect(try stated.answer().status == 413)
      let chunked = try stage.stage.client()
      chunked.send(head + "Transfer-Encoding: chunked\r\n\r\n")
      let chunk = String(repeating: " ", count: 4096)
      for _ in 0..<17 { chunked.send("1000\r\n\(chunk)\r\n") }
      #expect(try chunked.answer().status == 413)
      #expect(chunked.waitForEnd())
      let whole = try stage.stage.client()
      let label = "{\"label\": \"mug\"}"
      whole.send(head + "Transfer-Encoding: chunked\r\n\r\n")
      for byte in label { whole.send("1\r\n\(byte)\r\n") }
      whole.send("0\r\n\r\n")
      #expect(try whole.answer().status == 200)
      let slow = try stage.stage.client()
      slow.send(head + "Content-Length: 100\r\n\r\n{")
      #expect(slow.waitForEnd())
      #expect(slow.pending.isEmpty)
      #expect(try stage.files() == ["mug"])
    }
  }

  @Test("Requests in a row on one connection are answered in their order, with their bodies")
  func pipelined() throws {
    try TeachStage.with { stage throws in
      let client = try stage.stage.client()
      for index in 0..<20 {
        let body = "{\"label\": \"label \(index)\"}"
        client.send(
          "POST /teach/labels/add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Authorization: Bearer \(Stage.token)\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            + body)
      }
      for index in 0..<20 {
        let report = try stage.object(client.answer())
        #expect((report["labels"] as? [Any])?.count == index + 1)
      }
    }
  }

  @Test("Too many changes at once have to wait, looking does not")
  func rate() throws {
    try TeachStage.with { stage throws in
      let client = try stage.stage.client()
      var refused: Client.Answer?
      for _ in 0..<400 where refused == nil {
        let answer = try stage.post("/teach/stop")
        if answer.status != 200 { refused = answer }
      }
      let answer = try #require(refused)
      #expect(answer.status == 429 && answer.headers["retry-after"] == "1")
      _ = client
      #expect(try stage.get("/teach").status == 200)
    }
  }
}
